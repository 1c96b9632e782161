/** What came of a request, by the number that the target answered with. */
import type { Packet } from './codec/framer.ts';
import { PACKET, STATUS } from './codec/packet-types.ts';
import { parseStatus } from './codec/responses.ts';

const WORDS: ReadonlyMap<number, string> = new Map([
  [STATUS.ok, 'ok'],
  [STATUS.endOfFile, 'end of file'],
  [STATUS.noSuchFile, 'no such file'],
  [STATUS.permissionDenied, 'permission denied'],
  [STATUS.failure, 'failure'],
  [STATUS.badMessage, 'bad message'],
  [STATUS.noConnection, 'no connection'],
  [STATUS.connectionLost, 'connection lost'],
  [STATUS.unsupported, 'unsupported'],
]);

function statusWords(code: number): string {
  return WORDS.get(code) ?? `status ${code}`;
}

/** Of an answer: what its status says, or that it is what was asked for. */
export function outcomeOf(packet: Packet): string {
  return packet.type === PACKET.status ? statusWords(parseStatus(packet)) : 'ok';
}

export const NO_SUCH_HANDLE = 'No file is open under this handle.';
export const NOT_FOR_READING = 'The file was not opened for reading.';
export const NOT_FOR_WRITING = 'The file was not opened for writing.';
export const LEADS_ELSEWHERE =
  'What the name leads to changed while the operation waited, so its approval no longer holds. It was not done.';
export const UNREADABLE = {
  rule: 'unreadable-name',
  reason: 'The name is too long, is not UTF-8, or has characters that do not show, so nobody could judge it.',
};
export const UNSUPPORTED = {
  rule: 'unsupported',
  reason: 'This extension of SFTP is not among those that are judged.',
};
