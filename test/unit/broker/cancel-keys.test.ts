import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CancelRelay } from '../../../src/broker/cancel-relay.ts';
import { CancelKeys } from '../../../src/broker/postgres/cancel-keys.ts';
import type { CancelKey } from '../../../src/broker/postgres/codec/startup.ts';
import { Secret } from '../../../src/core/secret.ts';

const digestKey = new Secret(randomBytes(32));

/** Replicas of one deployment: what one forwards, all hear. */
function deployment(names: readonly string[]): { keys: CancelKeys[]; messages: string[] } {
  const messages: string[] = [];
  const keys: CancelKeys[] = names.map(
    (replica) =>
      new CancelKeys({
        random: randomBytes,
        monotonic: () => 0,
        replica,
        digestKey,
        forward: async (message) => {
          messages.push(message);
          for (const one of keys) await one.cancelForwarded(message);
        },
      }),
  );
  return { keys, messages };
}

function issueOn(keys: CancelKeys | undefined): {
  key: CancelKey;
  release: () => void;
  cancels: () => number;
} {
  let cancels = 0;
  const issued = keys?.issue({
    minor: 0,
    cancel: async () => {
      cancels += 1;
    },
  });
  if (issued === undefined) throw new Error('there is no such replica');
  return { ...issued, cancels: () => cancels };
}

describe('cancel keys', () => {
  it('cancel on the replica that issued them, wherever the request arrives', async () => {
    const { keys, messages } = deployment(['one', 'two', 'three']);
    const issued = issueOn(keys[0]);
    await keys[0]?.cancel(issued.key, 'a');
    expect([issued.cancels(), messages.length]).toEqual([1, 0]);
    await keys[2]?.cancel(issued.key, 'a');
    expect([issued.cancels(), messages.length]).toEqual([2, 1]);
    issued.release();
    await keys[1]?.cancel(issued.key, 'a');
    expect(issued.cancels()).toBe(2);
  });

  it('cancel nothing when a byte is wrong, and are not in the message', async () => {
    const { keys, messages } = deployment(['one', 'two']);
    const issued = issueOn(keys[0]);
    const wrong = { processId: issued.key.processId, key: Buffer.from(issued.key.key) };
    wrong.key[3] = (wrong.key[3] ?? 0) ^ 1;
    await keys[0]?.cancel(wrong, 'a');
    await keys[1]?.cancel(wrong, 'a');
    await keys[1]?.cancel({ processId: issued.key.processId ^ 1, key: issued.key.key }, 'a');
    await keys[1]?.cancel({ processId: -issued.key.processId, key: issued.key.key }, 'a');
    expect(issued.cancels()).toBe(0);
    await keys[1]?.cancel(issued.key, 'a');
    expect(issued.cancels()).toBe(1);
    expect(messages.join()).not.toContain(issued.key.key.toString('hex'));
    expect(messages.join()).not.toContain(String(issued.key.processId));
  });

  it('work across replicas whose names look alike to a key', async () => {
    const { keys } = deployment(['same', 'same']);
    const issued = issueOn(keys[0]);
    await keys[1]?.cancel(issued.key, 'a');
    expect(issued.cancels()).toBe(1);
  });

  it('let one address try twenty times a second', async () => {
    const { keys, messages } = deployment(['one', 'two']);
    for (let guess = 1; guess <= 100; guess += 1)
      await keys[1]?.cancel({ processId: guess, key: randomBytes(4) }, 'a');
    expect(messages).toHaveLength(20);
    await keys[1]?.cancel({ processId: 1, key: randomBytes(4) }, 'b');
    expect(messages).toHaveLength(21);
  });

  it('ignore messages that no replica wrote', async () => {
    const { keys } = deployment(['one']);
    for (const message of [
      '',
      'postgres',
      'postgres:1:zz',
      `postgres:999:${'0'.repeat(64)}`,
      'x'.repeat(9_000),
    ])
      await keys[0]?.cancelForwarded(message);
  });
});

describe('the relay between replicas', () => {
  it('limits what it costs the store, and survives a store that is away', async () => {
    let now = 0;
    const sent: string[] = [];
    const faults: string[] = [];
    const relay = new CancelRelay({
      channel: {
        forward: async (message) => {
          sent.push(message);
          if (message === 'away') throw new Error('the store is away');
        },
        watch: async () => ({ close: async () => undefined }),
      },
      monotonic: () => now,
      onFault: (what) => void faults.push(what),
    });
    for (let request = 0; request < 500; request += 1) await relay.forward('x');
    expect(sent).toHaveLength(50);
    now = 1_000;
    await relay.forward('away');
    expect([sent.length, faults.length]).toEqual([51, 1]);
  });
});
