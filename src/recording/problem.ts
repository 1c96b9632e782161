/** What can be wrong with a recording. Codes are stable; offsets are bytes from the file's start. */

export type ProblemCode =
  | 'not_a_recording'
  | 'unsupported_version'
  | 'malformed_frame'
  | 'malformed_header'
  | 'wrong_key'
  | 'out_of_sequence'
  | 'out_of_place'
  | 'not_authentic'
  | 'chain_broken'
  | 'bad_signature'
  | 'unknown_event'
  | 'torn_frame'
  | 'unsealed'
  | 'bytes_after_close';

export interface RecordingProblem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly offset: number;
}
