/* Makes writes fail with ENOSPC, or syncs with EIO, on one file and its companions, according to a plan.
 *
 * The plan is in the file that KEYWARD_TEST_PLAN names: a number that differs between plans; `w` or `s` for the
 * failing call (`W` or `S` for the file itself only, which is written at a checkpoint); the number of the first
 * failing call from then on; and the number of failing calls. Without a plan nothing fails. Each failure adds a
 * byte to the file `<plan>.hits`. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long plan_number, calls;

enum place { ELSEWHERE, COMPANION, FILE_ITSELF };

static enum place place_of(int fd) {
    const char *file = getenv("KEYWARD_TEST_FILE");
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    if (!file || length < (ssize_t)strlen(file) || strncmp(path, file, strlen(file)) != 0) return ELSEWHERE;
    return length == (ssize_t)strlen(file) ? FILE_ITSELF : COMPANION;
}

static void note_a_hit(const char *plan) {
    char path[4096];
    snprintf(path, sizeof path, "%s.hits", plan);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    syscall(SYS_write, fd, "x", 1);
    close(fd);
}

static int fails(int fd, char kind) {
    const char *plan = getenv("KEYWARD_TEST_PLAN");
    enum place place = place_of(fd);
    int file = plan && place != ELSEWHERE ? open(plan, O_RDONLY) : -1;
    if (file < 0) return 0;
    char text[128] = {0}, what = 0;
    long number = 0, from = 0, count = 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0 || sscanf(text, "%ld %c %ld %ld", &number, &what, &from, &count) != 4) return 0;
    if (what != kind && !(place == FILE_ITSELF && what == toupper(kind))) return 0;
    pthread_mutex_lock(&lock);
    if (number != plan_number) {
        plan_number = number;
        calls = 0;
    }
    long call = ++calls;
    int hit = call >= from && call - from < count;
    if (hit) note_a_hit(plan);
    pthread_mutex_unlock(&lock);
    return hit;
}

#define INSTEAD_OF(name, kind, error, parameters, arguments, result)      \
    result name parameters {                                              \
        static result(*real) parameters;                                  \
        if (!real) real = (result(*) parameters)dlsym(RTLD_NEXT, #name);  \
        if (fails(fd, kind)) {                                            \
            errno = error;                                                \
            return -1;                                                    \
        }                                                                 \
        return real arguments;                                            \
    }

INSTEAD_OF(write, 'w', ENOSPC, (int fd, const void *bytes, size_t n), (fd, bytes, n), ssize_t)
INSTEAD_OF(pwrite, 'w', ENOSPC, (int fd, const void *bytes, size_t n, off_t at), (fd, bytes, n, at), ssize_t)
INSTEAD_OF(pwrite64, 'w', ENOSPC, (int fd, const void *bytes, size_t n, off64_t at), (fd, bytes, n, at), ssize_t)
INSTEAD_OF(fsync, 's', EIO, (int fd), (fd), int)
INSTEAD_OF(fdatasync, 's', EIO, (int fd), (fd), int)
