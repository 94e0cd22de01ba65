// Lets the thread sanitizer follow librdkafka.
//
// librdkafka makes its threads with C11's thrd_create, which the sanitizer
// does not intercept: it crashes in a thread that it has not seen start. Here
// C11's functions are pthreads' again, which it does intercept, locks and
// conditions included. In glibc mtx_t, cnd_t and thrd_t have the size and
// alignment of their pthread counterparts. Linked into the tests of the preset
// tsan only.
#include <cerrno>
#include <cstdint>
#include <memory>

#include <pthread.h>
#include <threads.h>

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t)
              && sizeof(cnd_t) == sizeof(pthread_cond_t)
              && sizeof(thrd_t) == sizeof(pthread_t));

namespace {

int result_of(int error) {
  switch (error) {
  case 0:
    return thrd_success;
  case EBUSY:
    return thrd_busy;
  case ETIMEDOUT:
    return thrd_timedout;
  case ENOMEM:
    return thrd_nomem;
  default:
    return thrd_error;
  }
}

auto* mutex_of(mtx_t* x) {
  return reinterpret_cast<pthread_mutex_t*>(x);
}

auto* condition_of(cnd_t* x) {
  return reinterpret_cast<pthread_cond_t*>(x);
}

struct call {
  thrd_start_t function;
  void* argument;
};

void* run(void* raw) {
  std::unique_ptr<call> what{static_cast<call*>(raw)};
  auto code = what->function(what->argument);
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(code));
}

} // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto what = std::make_unique<call>(call{function, argument});
  auto error = pthread_create(thread, nullptr, run, what.get());
  if (error == 0)
    what.release(); // run deletes it
  return result_of(error);
}

int thrd_join(thrd_t thread, int* code) {
  void* raw = nullptr;
  auto error = pthread_join(thread, &raw);
  if (code)
    *code = static_cast<int>(reinterpret_cast<std::intptr_t>(raw));
  return result_of(error);
}

int thrd_detach(thrd_t thread) {
  return result_of(pthread_detach(thread));
}

int mtx_init(mtx_t* mutex, int kind) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  if (kind & mtx_recursive)
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  auto error = pthread_mutex_init(mutex_of(mutex), &attributes);
  pthread_mutexattr_destroy(&attributes);
  return result_of(error);
}

int mtx_lock(mtx_t* mutex) {
  return result_of(pthread_mutex_lock(mutex_of(mutex)));
}

int mtx_trylock(mtx_t* mutex) {
  return result_of(pthread_mutex_trylock(mutex_of(mutex)));
}

int mtx_unlock(mtx_t* mutex) {
  return result_of(pthread_mutex_unlock(mutex_of(mutex)));
}

void mtx_destroy(mtx_t* mutex) {
  pthread_mutex_destroy(mutex_of(mutex));
}

int cnd_init(cnd_t* condition) {
  return result_of(pthread_cond_init(condition_of(condition), nullptr));
}

int cnd_signal(cnd_t* condition) {
  return result_of(pthread_cond_signal(condition_of(condition)));
}

int cnd_broadcast(cnd_t* condition) {
  return result_of(pthread_cond_broadcast(condition_of(condition)));
}

int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return result_of(pthread_cond_wait(condition_of(condition), mutex_of(mutex)));
}

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return result_of(
      pthread_cond_timedwait(condition_of(condition), mutex_of(mutex), until));
}

void cnd_destroy(cnd_t* condition) {
  pthread_cond_destroy(condition_of(condition));
}

} // extern "C"
