import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FRAME_HEADER_BYTES, MAGIC } from '../../../recording/frame.ts';
import { hold, type Step } from '../step.ts';
import { runVerifier } from '../verifier.ts';

/** Each takes a recording that verifies and returns one that must not. */
const ALTERATIONS: Readonly<Record<string, (recording: Buffer) => Buffer>> = {
  'one byte flipped': (recording) => {
    const altered = Buffer.from(recording);
    const middle = Math.floor(altered.length / 2);
    altered.writeUInt8(altered.readUInt8(middle) ^ 1, middle);
    return altered;
  },
  'one chunk removed': (recording) => {
    const frames = framesOf(recording);
    const middle = frames[Math.floor(frames.length / 2)] ?? { start: 0, end: 1 };
    return Buffer.concat([recording.subarray(0, middle.start), recording.subarray(middle.end)]);
  },
  'the tail cut': (recording) => recording.subarray(0, framesOf(recording).at(-1)?.start ?? 0),
};

export const TAMPERING: Step = {
  name: 'tampering',
  run: async ({ notebook, directory }) => {
    const original = readFileSync(notebook.recall('recordingFile'));
    const key = notebook.recall('keyFile');
    const details: string[] = [];
    for (const [what, alter] of Object.entries(ALTERATIONS)) {
      const recording = join(directory, `${what.replaceAll(' ', '-')}.sprec`);
      writeFileSync(recording, alter(original));
      const { ok, said } = await runVerifier({ recording, key });
      hold(!ok, `with ${what} it still verifies: ${said}`);
      details.push(`${what}: ${said.split('\n')[0]}`);
    }
    return details.join(' · ');
  },
};

/** Where the frames lie: cutting along them leaves a file that is well formed, which is the harder case. */
function framesOf(recording: Buffer): { start: number; end: number }[] {
  const frames: { start: number; end: number }[] = [];
  for (let start = MAGIC.length; start + FRAME_HEADER_BYTES <= recording.length; ) {
    const end = start + FRAME_HEADER_BYTES + recording.readUInt32BE(start);
    frames.push({ start, end });
    start = end;
  }
  return frames;
}
