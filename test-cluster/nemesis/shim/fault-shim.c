/*
 * Loaded before the C library by processes under test. Syncs can be made slow or made to fail, and clocks be moved, by
 * numbers in a small file that the process maps: a change of the file acts at once.
 *
 * Layout of the file, seven 64-bit little-endian numbers:
 *   0  syncs that fail from now on: -1 means all, n > 0 means the next n
 *   1  errno of a failing sync
 *   2  microseconds that a sync takes longer
 *   3  nanoseconds that the wall clock is ahead
 *   4  parts per million that the wall clock runs fast
 *   5  parts per million that the monotonic clock runs fast
 *   6  written here: how many calls were changed
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct control {
  int64_t fail_count;
  int64_t fail_errno;
  int64_t delay_us;
  int64_t wall_ahead_ns;
  int64_t wall_ppm;
  int64_t mono_ppm;
  int64_t touched_count;
};
static volatile struct control none;
static volatile struct control *control = &none;

__attribute__((constructor)) static void attach(void) {
  const char *path = getenv("MURMUR_SHIM_CONTROL");
  if (path == NULL) return;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped != MAP_FAILED) control = (volatile struct control *)mapped;
}

/* Returns whether this sync must fail; waits first where syncs are slow. */
static int strike(void) {
  if (control->delay_us > 0) {
    __sync_fetch_and_add(&control->touched_count, 1);
    struct timespec wait = {control->delay_us / 1000000, (control->delay_us % 1000000) * 1000};
    syscall(SYS_nanosleep, &wait, NULL);
  }
  int64_t left = control->fail_count;
  if (left == 0) return 0;
  if (left > 0) __sync_fetch_and_sub(&control->fail_count, 1);
  __sync_fetch_and_add(&control->touched_count, 1);
  errno = (int)control->fail_errno;
  return 1;
}

int fsync(int fd) {
  if (strike()) return -1;
  return (int)syscall(SYS_fsync, fd);
}
int fdatasync(int fd) {
  if (strike()) return -1;
  return (int)syscall(SYS_fdatasync, fd);
}

/* A clock that runs fast or slow never jumps when its rate changes: what it gained so far is kept. */
struct drift {
  pthread_mutex_t lock;
  int64_t last_ns;
  int64_t gained_ns;
};
static struct drift wall = {PTHREAD_MUTEX_INITIALIZER, 0, 0};
static struct drift mono = {PTHREAD_MUTEX_INITIALIZER, 0, 0};

static int64_t drifted(struct drift *drift, int64_t now_ns, int64_t ppm) {
  if (ppm == 0 && drift->gained_ns == 0) return now_ns;
  pthread_mutex_lock(&drift->lock);
  if (drift->last_ns != 0 && now_ns > drift->last_ns) drift->gained_ns += (now_ns - drift->last_ns) / 1000 * ppm / 1000;
  if (now_ns > drift->last_ns) drift->last_ns = now_ns;
  int64_t result = now_ns + drift->gained_ns;
  pthread_mutex_unlock(&drift->lock);
  return result;
}

int clock_gettime(clockid_t id, struct timespec *out) {
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, out);
  if (result != 0) return result;
  int is_wall = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
  int is_mono = id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE || id == CLOCK_BOOTTIME;
  if (!is_wall && !is_mono) return result;
  int64_t now_ns = (int64_t)out->tv_sec * 1000000000 + out->tv_nsec;
  int64_t changed_ns = is_wall ? drifted(&wall, now_ns, control->wall_ppm) + control->wall_ahead_ns : drifted(&mono, now_ns, control->mono_ppm);
  if (changed_ns != now_ns) {
    __sync_fetch_and_add(&control->touched_count, 1);
    out->tv_sec = changed_ns / 1000000000;
    out->tv_nsec = changed_ns % 1000000000;
  }
  return result;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
  (void)zone;
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
