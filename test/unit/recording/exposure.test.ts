import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exposureOf } from '../../../src/recording/layout.ts';
import { temporaryDirectory } from './sample-recording.ts';

describe('a directory of recordings', () => {
  it.each([0o700, 0o500])('of its owner alone is fine (%o)', (mode) => {
    const directory = temporaryDirectory();
    chmodSync(directory, mode);
    expect(exposureOf(directory)).toBeNull();
    chmodSync(directory, 0o700);
  });

  it.each([0o755, 0o750, 0o710, 0o701, 0o770])(
    'that others can look into is told of, with what to do (%o)',
    (mode) => {
      const directory = temporaryDirectory();
      chmodSync(directory, mode);
      expect(exposureOf(directory)).toContain(`chmod 700 ${directory}`);
    },
  );

  it.each([0o777, 0o702])('that everybody can write to is refused (%o)', (mode) => {
    const directory = temporaryDirectory();
    chmodSync(directory, mode);
    expect(() => exposureOf(directory)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});
