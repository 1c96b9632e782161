import { EventEmitter } from 'node:events';
import type { Client, ClientChannel } from 'ssh2';
import { describe, expect, test } from 'vitest';
import { exitOf } from '../../../../src/broker/ssh/target/target-command.ts';

function exitOfChannel(tell: (channel: EventEmitter) => void): ReturnType<typeof exitOf> {
  const channel = new EventEmitter();
  const client = new EventEmitter() as unknown as Client;
  const exit = exitOf({ client, channel: channel as unknown as ClientChannel, stderr: null });
  tell(channel);
  return exit;
}

describe('the end of a command', () => {
  test('is what the target said of it', async () => {
    const status = exitOfChannel((channel) => {
      channel.emit('exit', 3);
      channel.emit('close', 3);
    });
    expect(await status).toEqual({ status: 3, signal: null });
    const signal = exitOfChannel((channel) => {
      channel.emit('exit', null, 'SIGKILL', false, '');
      channel.emit('close', null, 'SIGKILL', false, '');
    });
    expect(await signal).toEqual({ status: null, signal: 'KILL' });
  });

  test('is known when it came before anybody listened', async () => {
    expect(await exitOfChannel((channel) => channel.emit('close', 3))).toEqual({ status: 3, signal: null });
  });

  test('is not known when the target did not say', async () => {
    expect(await exitOfChannel((channel) => channel.emit('close'))).toEqual({ status: null, signal: null });
  });
});
