/** The interleavings of `test/integration/access/properties.test.ts`, for minutes. */
import { test } from 'vitest';
import { useTestAccess } from '../support/access.ts';
import { checkLives } from '../support/life-of-requests/commands.ts';
import { LIFE_POLICY } from '../support/life-of-requests/policy.ts';

const access = useTestAccess({ policy: LIFE_POLICY });
const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 10);

test('every interleaving keeps what must hold, for a long time', () =>
  checkLives(access.current, { runs: 100_000, commandsMax: 60, timeMaxMs: MINUTES * 60_000 }));
