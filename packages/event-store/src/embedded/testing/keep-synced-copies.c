/*
 * Preloaded into a process, it copies a file of the folder PF_DIR to "<file>.durable" whenever the process has synced it,
 * and drops the copies of files that are gone when the process has synced the folder.
 * The copies are what a disk without a battery would hold after the power failed.
 * gcc -shared -fPIC -O2 -o shim.so keep-synced-copies.c -ldl
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static void drop_deleted(const char *folder) {
  char copy[4400], original[4400];
  struct dirent *entry;
  DIR *entries = opendir(folder);
  while (entries && (entry = readdir(entries))) {
    size_t length = strlen(entry->d_name);
    if (length < 9 || strcmp(entry->d_name + length - 8, ".durable")) continue;
    snprintf(copy, sizeof copy, "%s/%s", folder, entry->d_name);
    snprintf(original, sizeof original, "%.*s", (int)strlen(copy) - 8, copy);
    if (access(original, F_OK)) unlink(copy);
  }
  if (entries) closedir(entries);
}

static void keep(int fd) {
  char link[64], from[4096], to[4200], copy[4300];
  struct stat status;
  const char *folder = getenv("PF_DIR");
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, from, sizeof from - 1);
  if (length < 0 || !folder) return;
  from[length] = 0;
  if (strncmp(from, folder, strlen(folder)) || fstat(fd, &status)) return;
  if (S_ISDIR(status.st_mode)) drop_deleted(from);
  if (!S_ISREG(status.st_mode)) return;
  snprintf(to, sizeof to, "%s.durable", from);
  snprintf(copy, sizeof copy, "%s.%d", to, gettid());
  int in = open(from, O_RDONLY), out = open(copy, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  off_t at = 0;
  while (at < status.st_size && sendfile(out, in, &at, status.st_size - at) > 0)
    ;
  close(in);
  close(out);
  rename(copy, to);
}

#define HOOK(name)                                    \
  int name(int fd) {                                  \
    static int (*real)(int);                          \
    if (!real) real = dlsym(RTLD_NEXT, #name);        \
    int result = real(fd);                            \
    if (!result) keep(fd);                            \
    return result;                                    \
  }
HOOK(fsync)
HOOK(fdatasync)
