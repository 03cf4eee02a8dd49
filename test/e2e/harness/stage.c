/* SPDX-License-Identifier: Apache-2.0 */
/* The stage of one end-to-end test: a directory, child processes, ports. */
#include "test/e2e/harness/stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <cmocka.h>

enum { FILE_MAX = 64 << 20 };

void stage_fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprint_error(format, args);
    va_end(args);
    print_error("\n");
    fail();
    abort(); /* fail does not come back; the compiler does not know */
}

int stage_setup(void **state)
{
    struct stage *s = calloc(1, sizeof(*s));
    const char *tmp = getenv("TMPDIR");

    if (!s)
        return -1;
    snprintf(s->dir, sizeof(s->dir), "%s/siplock-e2e-XXXXXX",
             tmp ? tmp : "/tmp");
    *state = s;
    return mkdtemp(s->dir) ? 0 : -1;
}

int stage_teardown(void **state)
{
    struct stage *s = *state;

    for (size_t i = 0; i < s->nproc; i++)
        stage_kill(&s->proc[i]);
    if (getenv("E2E_KEEP")) {
        print_message("kept: %s\n", s->dir);
    } else {
        pid_t pid = fork();

        if (pid == 0) {
            execlp("rm", "rm", "-rf", s->dir, (char *)NULL);
            _exit(127);
        }
        if (pid > 0)
            waitpid(pid, NULL, 0);
    }
    free(s);
    return 0;
}

const char *stage_path(struct stage *s, const char *name)
{
    char path[STAGE_PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s", s->dir, name);
    size_t i = 0;

    if (n < 0 || n >= STAGE_PATH_MAX)
        stage_fail("path too long: %s", name);
    while (i < s->npath && strcmp(s->path[i], path) != 0)
        i++;
    if (i == STAGE_PATHS)
        stage_fail("more than %d paths", STAGE_PATHS);
    if (i == s->npath)
        memcpy(s->path[s->npath++], path, sizeof(path));
    return s->path[i];
}

void stage_write(struct stage *s, const char *name, const char *text)
{
    const char *path = stage_path(s, name);
    FILE *f = fopen(path, "wb");

    if (!f || fputs(text, f) < 0 || fclose(f))
        stage_fail("%s: cannot be written: %s", path, strerror(errno));
}

char *stage_read(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    struct stat st;
    char *text;

    if (!f || fstat(fileno(f), &st))
        stage_fail("%s: cannot be read: %s", path, strerror(errno));
    if (st.st_size > FILE_MAX)
        stage_fail("%s: more than %d bytes", path, FILE_MAX);
    text = malloc((size_t)st.st_size + 1);
    if (!text)
        stage_fail("no memory");
    *n = fread(text, 1, (size_t)st.st_size, f);
    text[*n] = '\0';
    fclose(f);
    return text;
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

static bool free_for_udp(const struct sockaddr_in *a)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool ok = fd >= 0 && bind(fd, (const struct sockaddr *)a, sizeof(*a)) == 0;

    if (fd >= 0)
        close(fd);
    return ok;
}

/* Free for TCP and for UDP: a core listens on UDP alone. */
int stage_port(void)
{
    struct sockaddr_in a;
    int fd;

    do {
        socklen_t n = sizeof(a);

        a = loopback(0);
        fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) ||
            getsockname(fd, (struct sockaddr *)&a, &n))
            stage_fail("no free port: %s", strerror(errno));
        close(fd);
    } while (!free_for_udp(&a));
    return ntohs(a.sin_port);
}

static bool port_accepts(const char *host, int port)
{
    struct sockaddr_in v4 = loopback(port);
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons((uint16_t)port)};
    bool six = inet_pton(AF_INET6, host, &v6.sin6_addr) == 1;
    int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    bool ok = six ? connect(fd, (struct sockaddr *)&v6, sizeof(v6)) == 0
                  : inet_pton(AF_INET, host, &v4.sin_addr) == 1 &&
                        connect(fd, (struct sockaddr *)&v4, sizeof(v4)) == 0;

    if (fd >= 0)
        close(fd);
    return ok;
}

void stage_wait_port(struct stage *s, struct proc *p, int port)
{
    stage_wait_at(s, p, "127.0.0.1", port);
}

void stage_wait_at(struct stage *s, struct proc *p, const char *host, int port)
{
    long long end = stage_now_ms() + STAGE_WAIT_MS;

    (void)s;
    while (!port_accepts(host, port)) {
        if (stage_ended(p)) {
            stage_show(p);
            stage_fail("%s ended instead of listening", p->name);
        }
        if (stage_now_ms() > end) {
            stage_show(p);
            stage_fail("%s does not listen on %d", p->name, port);
        }
        stage_sleep_ms(20);
    }
}

static void redirect(const char *path, int to)
{
    int fd = open(path, O_WRONLY | O_APPEND);

    if (fd < 0 || dup2(fd, to) < 0)
        _exit(126);
    close(fd);
}

static void die_with_parent(void)
{
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

static void child(const struct proc *p, const char *const *argv)
{
    int in[2]; /* never at its end: s_server would close at EOF */

    die_with_parent();
    setpgid(0, 0);
    if (pipe(in) || dup2(in[0], 0) < 0)
        _exit(126);
    redirect(p->out, 1);
    redirect(p->err, 2);
    /* execvp takes the words as they are and does not change them. */
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

/* Empty, before the child runs, so that it can be read at once. */
static void create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd < 0)
        stage_fail("%s: %s", path, strerror(errno));
    close(fd);
}

static struct proc *new_proc(struct stage *s, const char *name)
{
    char file[64];

    if (s->nproc == STAGE_PROCS_MAX)
        stage_fail("more than %d processes", STAGE_PROCS_MAX);
    struct proc *p = &s->proc[s->nproc];

    snprintf(p->name, sizeof(p->name), "%s", name);
    snprintf(file, sizeof(file), "%zu-%s.out", s->nproc, name);
    snprintf(p->out, sizeof(p->out), "%s", stage_path(s, file));
    snprintf(file, sizeof(file), "%zu-%s.err", s->nproc, name);
    snprintf(p->err, sizeof(p->err), "%s", stage_path(s, file));
    s->nproc++;
    create(p->out);
    create(p->err);
    return p;
}

struct proc *stage_spawn(struct stage *s, const char *name,
                         const char *const *argv)
{
    struct proc *p = new_proc(s, name);

    p->pid = fork();
    if (p->pid < 0)
        stage_fail("fork: %s", strerror(errno));
    if (p->pid == 0)
        child(p, argv);
    return p;
}

struct proc *stage_fork(struct stage *s, const char *name)
{
    struct proc *p = new_proc(s, name);

    p->pid = fork();
    if (p->pid < 0)
        stage_fail("fork: %s", strerror(errno));
    if (p->pid == 0) {
        die_with_parent();
        setpgid(0, 0);
        return NULL;
    }
    return p;
}

static void say(int listener, const char *text)
{
    char heard[4096];

    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            continue;
        if (read(fd, heard, sizeof(heard)) > 0 &&
            write(fd, text, strlen(text)) > 0)
            while (read(fd, heard, sizeof(heard)) > 0)
                continue;
        close(fd);
    }
}

int stage_say(struct stage *s, const char *text)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = loopback(0);
    socklen_t n = sizeof(a);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) || listen(fd, 5) ||
        getsockname(fd, (struct sockaddr *)&a, &n))
        stage_fail("no port to listen on: %s", strerror(errno));
    if (!stage_fork(s, "say"))
        say(fd, text);
    close(fd);
    return ntohs(a.sin_port);
}

void stage_run(struct stage *s, const char *name, const char *const *argv)
{
    struct proc *p = stage_spawn(s, name, argv);
    int status = stage_wait(p);

    if (status) {
        stage_show(p);
        stage_fail("%s: exit status %d", name, status);
    }
    s->nproc--; /* its place can be used again */
}

bool stage_ended(struct proc *p)
{
    if (p->pid > 0 && waitpid(p->pid, &p->status, WNOHANG) == p->pid)
        p->pid = 0;
    return p->pid <= 0;
}

int stage_wait(struct proc *p)
{
    long long end = stage_now_ms() + 2 * STAGE_WAIT_MS;

    while (!stage_ended(p)) {
        if (stage_now_ms() > end) {
            stage_show(p);
            stage_fail("%s does not end", p->name);
        }
        stage_sleep_ms(10);
    }
    return WIFEXITED(p->status) ? WEXITSTATUS(p->status)
                                : 128 + WTERMSIG(p->status);
}

void stage_signal(const struct proc *p, int sig)
{
    if (p->pid > 0)
        kill(p->pid, sig);
}

void stage_kill(struct proc *p)
{
    if (p->pid <= 0)
        return;
    kill(-p->pid, SIGKILL);
    kill(p->pid, SIGKILL);
    waitpid(p->pid, &p->status, 0);
    p->pid = 0;
}

void stage_sleep_ms(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

    nanosleep(&t, NULL);
}

long long stage_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void show_file(const char *name, const char *what, const char *path)
{
    FILE *f = fopen(path, "rb");
    char line[512];

    while (f && fgets(line, sizeof(line), f))
        print_message("%s %s: %s", name, what, line);
    if (f)
        fclose(f);
}

void stage_show(const struct proc *p)
{
    show_file(p->name, "stdout", p->out);
    show_file(p->name, "stderr", p->err);
}
