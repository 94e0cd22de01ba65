#ifndef HERALD_FUNCTION_H
#define HERALD_FUNCTION_H

#include <stdint.h>

/*
 * User functions in shared libraries: the stable C interface between Herald
 * and a library that
 *
 *   CREATE FUNCTION f AS 'name' LANGUAGE CPP USING LIBRARY '/path/lib.so'
 *
 * loads. A library exports one symbol, `herald_functions`, which lists what it
 * has. Calls are per batch: columns come and go as arrays of Arrow's C data
 * interface. docs/functions.md is the manual; schemas/herald_function.hpp
 * writes all of this for C++ functions over single values.
 *
 * Types are texts, as in SQL: "STRING, BIGINT". Arguments have the formats of
 * Arrow: b c s i l f g (BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT,
 * DOUBLE), vu (texts: string views), vz (BYTES: binary views), tdD (DATE), ttm
 * (TIME), tsm: tsu: tsn: (TIMESTAMP up to precision 3, 6, 9; of an instant
 * with :UTC), d:p,s (DECIMAL), +l (ARRAY), +s (ROW), +m (MAP). Results have
 * the same, but u for texts and z for BYTES (32-bit offsets). Slots of NULLs
 * hold anything, in arguments too.
 *
 * Errors are values: a call returns 0, or writes a message and returns another
 * number. The message reaches the user with the place of the call in the
 * statement. Wrong lengths, formats and offsets are found and refused.
 *
 * Nothing is unloaded while the process lives.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* Arrow's C data interface, as its specification defines it. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#endif

/* Grows when something here changes its meaning. */
#define HERALD_FUNCTION_ABI 1u

#define HERALD_ERROR_SIZE 512

struct herald_error {
  char message[HERALD_ERROR_SIZE]; /* UTF-8, ends with 0 */
};

/* A column of a batch. It stays Herald's: do not release it. */
struct herald_argument {
  const struct ArrowArray* array; /* `rows` rows; 1 row if `constant` */
  int32_t constant;               /* 1: its one value stands for all rows */
  int32_t reserved;
};

struct herald_batch {
  int64_t rows;
  int64_t n_arguments;
  const struct herald_argument* arguments;
  const char* time_zone; /* of the session, an IANA name */
  int64_t now_ms;        /* processing time, since 1970-01-01 UTC */
  /* HERALD_TABLE only: what a call may give at most. */
  int64_t rows_max;
  int64_t bytes_max;
};

/* What a table function returns, without a message, when rows_max or bytes_max
   does not do. Herald then calls it for fewer rows, down to one. */
#define HERALD_TOO_MANY (-1000)

/* A library that has a kind which Herald does not know yet still loads; only
   that function does not. */
enum herald_function_kind {
  HERALD_SCALAR = 1,    /* a value a row */
  HERALD_AGGREGATE = 2, /* a value a group of rows */
  HERALD_TABLE = 3      /* any number of rows a row */
};

enum herald_function_flags {
  /* Not the same for the same arguments. */
  HERALD_VOLATILE = 1,
  /* Wants rows with NULL arguments. Without it such a row of a scalar function
     is NULL whatever the call says, a table function gives nothing for it,
     and an aggregate does not get it. */
  HERALD_TAKES_NULLS = 2,
  /* An aggregate that can take rows back. */
  HERALD_RETRACTS = 4
};

/*
 * What an aggregate does. `groups` is an object of the library that holds the
 * states of all groups of one operator; groups are numbers from 0. One thread
 * at a time uses it. `group[i]` is the group of row i, or of the i-th of
 * `count` groups that are asked for.
 */
struct herald_aggregate {
  /* Types of the columns that a state is saved as, at least one. */
  const char* state;
  void* (*create)(void* self); /* null: there is no memory */
  void (*destroy)(void* groups);
  /* Grows to `count` groups; new ones are empty. */
  int32_t (*resize)(void* groups, int64_t count, struct herald_error* error);
  /* Adds rows. `sign`: 1, or -1 for a row that is taken back; null: all 1. */
  int32_t (*add)(void* groups, const struct herald_batch* batch,
                 const int32_t* group, const int8_t* sign,
                 struct herald_error* error);
  /* Fills one array for each column of `state`, of `count` rows. */
  int32_t (*save)(const void* groups, const int32_t* group, int64_t count,
                  struct ArrowArray* states, struct herald_error* error);
  /* Adds `batch->rows` states that `save` gave (as arguments) to groups. */
  int32_t (*merge)(void* groups, const struct herald_batch* batch,
                   const int32_t* group, struct herald_error* error);
  int32_t (*result)(const void* groups, const int32_t* group, int64_t count,
                    struct ArrowArray* result, struct herald_error* error);
  /* Empties groups for reuse. */
  int32_t (*clear)(void* groups, const int32_t* group, int64_t count,
                   struct herald_error* error);
  int64_t (*bytes)(const void* groups); /* of memory, about */
};

/* Several entries of one name are overloads; the first that fits is taken. */
struct herald_function {
  const char* name;      /* what AS '…' says */
  const char* arguments; /* types: "STRING, BIGINT"; "": none */
  const char* result;    /* a type: "BIGINT", "BIGINT NOT NULL"; of a table
                            function "ROW<word STRING, place INT>" */
  uint32_t kind;         /* herald_function_kind */
  uint32_t flags;        /* herald_function_flags */
  void* self;            /* given to every call */
  /* HERALD_SCALAR: fills `result` with `batch->rows` rows, which Herald then
     releases. From several threads at once.
     HERALD_TABLE: fills it with the rows that it gives, a +s without NULLs. Its
     first child says of which row of the batch each is (i, from 0, ascending);
     the columns of `result` follow. */
  int32_t (*call)(void* self, const struct herald_batch* batch,
                  struct ArrowArray* result, struct herald_error* error);
  const struct herald_aggregate* aggregate; /* HERALD_AGGREGATE */
};

struct herald_library {
  uint32_t abi;           /* HERALD_FUNCTION_ABI that it was built for */
  uint32_t function_size; /* sizeof(struct herald_function) */
  uint64_t count;
  const struct herald_function* functions; /* as long as the process lives */
};

/* The one symbol of a library. `abi` is Herald's. Null: cannot serve it. */
const struct herald_library* herald_functions(uint32_t abi);

#ifdef __cplusplus
}
#endif

#endif
