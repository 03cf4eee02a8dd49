/* SPDX-License-Identifier: Apache-2.0 */
/* A network of the test's own, where everything on the wire is its doing. */
#define _GNU_SOURCE 1 /* unshare */
#include "test/e2e/harness/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

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

static void ip(const char *const *words)
{
    const char *argv[16] = {"ip"};
    pid_t pid;
    int status;

    for (size_t n = 0; n < 14 && words[n]; n++)
        argv[n + 1] = words[n];
    pid = fork();
    if (pid == 0) {
        execvp("ip", (char *const *)argv);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
        give_up("the command ip");
}

#define IP(...) ip((const char *[]){__VA_ARGS__, NULL})

void netns_enter(void)
{
    unsigned uid = geteuid(), gid = getegid();

    if (unshare(CLONE_NEWNET)) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
            give_up("unshare");
        map_ids(uid, gid);
    }
    IP("link", "set", "lo", "up");
    IP("link", "add", "here", "type", "veth", "peer", "name", "there");
    IP("address", "add", NETNS_HERE "/24", "dev", "here");
    IP("address", "add", NETNS_THERE "/24", "dev", "there");
    IP("link", "set", "here", "up");
    IP("link", "set", "there", "up");
}
#else
void netns_enter(void)
{
    errno = ENOSYS;
    give_up("unshare");
}
#endif
