/* SPDX-License-Identifier: Apache-2.0 */
/* A network of the test's own, where everything on the wire is its doing. */
#define _GNU_SOURCE 1 /* unshare */
#include "test/e2e/harness/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#include <sys/prctl.h>
#endif

static char there[16];

const char *netns_there(void)
{
    return there;
}

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr,
            "not ok - a network namespace is needed (root, or the right to "
            "make user namespaces): %s: %s\n",
            what, strerror(errno));
    exit(1);
}

#ifdef __linux__
static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        give_up(path);
    close(fd);
}

/* Root inside, whoever it is outside. */
static void map_ids(unsigned uid, unsigned gid)
{
    char text[64];

    put("/proc/self/setgroups", "deny");
    snprintf(text, sizeof(text), "0 %u 1", uid);
    put("/proc/self/uid_map", text);
    snprintf(text, sizeof(text), "0 %u 1", gid);
    put("/proc/self/gid_map", text);
}

static void run(const char *const *argv)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
        give_up(argv[0]);
}

#define RUN(...) run((const char *[]){__VA_ARGS__, NULL})
#define THERE(...) RUN("nsenter", "-t", there, "-n", "ip", __VA_ARGS__)

/* A child in the second namespace that lives as long as this process. */
static void hold_there(void)
{
    int ready[2];
    char byte = 0;
    pid_t pid;

    if (pipe(ready))
        give_up("pipe");
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNET) || write(ready[1], &byte, 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    if (pid < 0 || read(ready[0], &byte, 1) != 1)
        give_up("unshare");
    close(ready[0]);
    snprintf(there, sizeof(there), "%d", (int)pid);
}

void netns_enter(void)
{
    unsigned uid = geteuid(), gid = getegid();

    if (unshare(CLONE_NEWNET)) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
            give_up("unshare");
        map_ids(uid, gid);
    }
    hold_there();
    RUN("ip", "link", "set", "lo", "up");
    RUN("ip", "link", "add", "here", "type", "veth", "peer", "name", "there",
        "netns", there);
    RUN("ip", "address", "add", NETNS_HERE "/24", "dev", "here");
    RUN("ip", "link", "set", "here", "up");
    THERE("address", "add", NETNS_THERE "/24", "dev", "there");
    THERE("link", "set", "lo", "up");
    THERE("link", "set", "there", "up");
}

void netns_address(const char *address)
{
    RUN("ip", "address", "add", address, "dev", "lo", "nodad");
}

void netns_swallow(const char *address)
{
    RUN("ip", "route", "add", address, "dev", "here");
    RUN("ip", "neighbor", "add", address, "lladdr", "02:00:00:00:00:01", "nud",
        "permanent", "dev", "here");
}
#else
void netns_enter(void)
{
    errno = ENOSYS;
    give_up("unshare");
}

void netns_address(const char *address)
{
    (void)address;
}

void netns_swallow(const char *address)
{
    (void)address;
}
#endif
