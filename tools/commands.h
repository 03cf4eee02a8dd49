/* SPDX-License-Identifier: Apache-2.0 */
/* The client's commands; main.c has their table. */
#ifndef TOOLS_COMMANDS_H
#define TOOLS_COMMANDS_H

#include <stdio.h>

/* Each gets the words after the command's own and gives an exit code. */
int cmd_register(int argc, char **argv);
int cmd_call(int argc, char **argv);
int cmd_answer(int argc, char **argv);
int cmd_subscribe(int argc, char **argv);
int cmd_message(int argc, char **argv);
int cmd_refer(int argc, char **argv);
int cmd_check_uri(int argc, char **argv);
int cmd_parse(int argc, char **argv);
int cmd_tls(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_load(int argc, char **argv);
int cmd_demo(int argc, char **argv);

#endif
