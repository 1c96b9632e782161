/** How large a message may be. A length is checked before a single byte of the body is kept. */

/** As PostgreSQL's MAX_STARTUP_PACKET_LENGTH. */
export const STARTUP_BYTES_MAX = 10_000;

/** A SASL response is a few hundred bytes. */
export const AUTHENTICATION_BYTES_MAX = 4_096;

/** As PostgreSQL's PQ_SMALL_MESSAGE_LIMIT: Execute, Describe, Close, Sync and the like. */
export const SMALL_MESSAGE_BYTES_MAX = 10_000;

/** Bind carries values; it is kept whole, because the parameters are recorded before they are forwarded. */
export const BIND_BYTES_MAX = 16 * 1_048_576;

/** As PostgreSQL's MaxAllocSize: what a streamed or skipped message may announce. */
export const STREAMED_BYTES_MAX = 0x3fff_ffff;

/** A row that is rewritten is kept whole while it is. */
export const REWRITTEN_ROW_BYTES_MAX = 64 * 1_048_576;

/** What a target may say besides rows (errors, descriptions of 1,600 columns, command tags). */
export const BACKEND_MESSAGE_BYTES_MAX = 4 * 1_048_576;
