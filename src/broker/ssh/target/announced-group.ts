/**
 * The process group of a command on the target, which the target does not tell: the shell that runs the command says
 * it first, as a line on its stderr, which is taken out again.
 */
import { Transform } from 'node:stream';

/** Start-up files of the account may print this much before the line. */
const SEARCHED_BYTES_MAX = 65_536;

/**
 * A line of a shell script.
 * @param mark nothing that could be in it by chance, without anything that needs quotes
 * @param server.isForced the shell may be a child of a program that the server runs in place of every command
 */
export function announcement(mark: string, server: { readonly isForced: boolean }): string {
  const group = server.isForced ? '$(ps -o pgid= -p $$ 2>/dev/null || echo $$)' : '$$';
  return `printf '%s %s\\n' ${mark} ${group} >&2`;
}

/** @returns what stands on the stream beside the announcement; `onGroup` is called when that was read */
export function withoutAnnouncement(mark: string, onGroup: (group: number) => void): Transform {
  const pattern = new RegExp(`${mark} (\\d{1,10})\\n`);
  let searched: Buffer | null = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (searched === null) return done(null, chunk);
      searched = Buffer.concat([searched, chunk]);
      const [line, group] = pattern.exec(searched.toString('latin1')) ?? [];
      if (line !== undefined) {
        const at = searched.indexOf(line, 0, 'latin1');
        const rest = Buffer.concat([searched.subarray(0, at), searched.subarray(at + line.length)]);
        searched = null;
        onGroup(Number(group));
        return done(null, rest);
      }
      if (searched.length < SEARCHED_BYTES_MAX) return done();
      const all = searched;
      searched = null;
      done(null, all);
    },
    flush(done) {
      done(null, searched ?? undefined);
    },
  });
}
