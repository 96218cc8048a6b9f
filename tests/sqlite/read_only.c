/* Refuses to open the file $KEYWARD_TEST_REFUSED, or those in that folder, for writing, with the error number $KEYWARD_TEST_ERRNO: EROFS
   as on a read-only mount, EACCES as with the file of another user. The superuser of a test machine would be refused
   nothing by permissions. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static int refused(const char *path, int flags) {
    const char *prefix = getenv("KEYWARD_TEST_REFUSED"), *number = getenv("KEYWARD_TEST_ERRNO");
    if (!prefix || !number || strncmp(path, prefix, strlen(prefix)) != 0) return 0;
    if (path[strlen(prefix)] != '\0' && path[strlen(prefix)] != '/') return 0;
    if ((flags & O_ACCMODE) == O_RDONLY && !(flags & O_CREAT)) return 0;
    errno = atoi(number);
    return 1;
}

#define OPENS(name)                                                                       \
    int name(const char *path, int flags, ...) {                                          \
        mode_t mode = 0;                                                                  \
        if (flags & O_CREAT) {                                                            \
            va_list rest;                                                                 \
            va_start(rest, flags);                                                        \
            mode = va_arg(rest, mode_t);                                                  \
            va_end(rest);                                                                 \
        }                                                                                 \
        if (refused(path, flags)) return -1;                                              \
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #name);                    \
        return real(path, flags, mode);                                                   \
    }

OPENS(open)
OPENS(open64)
