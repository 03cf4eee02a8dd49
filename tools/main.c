/* SPDX-License-Identifier: Apache-2.0 */
/* siplock, the headless client: a table of commands. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/commands.h"
#include "tools/exitcode.h"
#include "ua/siplock.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage;
} commands[] = {
    {"register", cmd_register,
     "register --account FILE [--once | --for S] [--timeout S] [--json] "
     "[--log LEVEL]"},
    {"call", cmd_call,
     "call URI --account FILE [--no-register] [--play FILE] [--record FILE] "
     "[--dtmf 1w2] [--for S] [--expect codec=...,suite=...] [--json]"},
    {"answer", cmd_answer,
     "answer --account FILE | --listen HOST:PORT --cert CHAIN --key KEY "
     "[--ring S] [--reject CODE] [--calls N] [--play FILE] [--record FILE]"},
    {"message", cmd_message,
     "message URI TEXT --account FILE [--type text/plain] [--json]"},
    {"subscribe", cmd_subscribe,
     "subscribe [URI] --event PACKAGE --account FILE [--accept TYPES] "
     "[--expires S] [--once] [--for S] [--json]"},
    {"refer", cmd_refer,
     "refer URI TARGET --account FILE [--no-subscription] [--json]"},
    {"tls", cmd_tls,
     "tls HOST[:PORT] [--domain NAME] [--ca FILE,...] [--pin PIN,...] "
     "[--print-pin] [--crl FILE,...] [--expect-cert FILE] [--json] ..."},
    {"doctor", cmd_doctor, "doctor --account FILE [--json]"},
    {"load", cmd_load,
     "load --accounts N --account FILE [--edge HOST:PORT] [--shared] "
     "[--for S] [--settle S] [--at-once N] [--timeout S] [--json]"},
    {"parse", cmd_parse, "parse [--sdp] FILE..."},
    {"check-uri", cmd_check_uri, "check-uri URI [--json]"},
    {"demo", cmd_demo, "demo [--json]"},
};

static void usage(FILE *out)
{
    fprintf(out, "siplock %s: SIP over TLS, media as SRTP, nothing else\n",
            siplock_version());
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(out, "  siplock %s\n", commands[i].usage);
}

/* Where one of the three is closed the next socket would get its number, and
 * what is printed would go out on it. Writing to what stands there fails. */
static void fill_standard(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && fd < 3);
    if (fd >= 0)
        close(fd);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("siplock %s\n", siplock_version());
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);
    fprintf(stderr, "siplock: \"%s\" is no command\n", argv[1]);
    usage(stderr);
    return EXIT_USAGE;
}

/* What could not be printed was not done, whatever became of the rest. */
static int flushed(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "siplock: standard output cannot be written\n");
    return EXIT_OTHER;
}

int main(int argc, char **argv)
{
    fill_standard();
    return flushed(run(argc, argv));
}
