/** First packets to the broker that are wrong, or that never come to an end. */
import { randomBytes } from 'node:crypto';
import { encodeSslRequest, encodeStartup } from '../../../src/broker/postgres/codec/startup.ts';
import { openRawConnection, type RawConnection } from './raw-connection.ts';

/** What it is, its bytes, and the SQLSTATE of the answer. */
export const REFUSED_PACKETS: readonly (readonly [string, Buffer, string])[] = [
  ['random bytes', Buffer.concat([Buffer.from([0x7a]), randomBytes(63)]), '08P01'],
  ['a length beyond any packet', Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0]), '08P01'],
  ['a length below the least', Buffer.from([0, 0, 0, 4]), '08P01'],
  ['a negative length', Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 3, 0, 0]), '08P01'],
  ['protocol version 2', packet(Buffer.from([0, 2, 0, 0, 0])), '08P01'],
  ['an unknown request code', packet(Buffer.from([0x04, 0xd2, 0x16, 0x99])), '08P01'],
  ['parameters that do not end', packet(Buffer.from('\0\x03\0\0user\0g-abcd2345', 'latin1')), '08P01'],
  [
    'a parameter twice',
    encodeStartup({
      parameters: [
        ['user', 'a'],
        ['user', 'b'],
      ],
    }),
    '08P01',
  ],
  ['no user', encodeStartup({ parameters: [['database', 'shop']] }), '28000'],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), '08P01'],
];

/** What it is, and the bytes after which nothing more follows. */
export const CUT_SHORT: readonly (readonly [string, Buffer])[] = [
  ['a packet cut short', Buffer.from([0, 0, 0, 100, 0, 3, 0, 0])],
  ['nothing at all', Buffer.alloc(0)],
  ['a TLS record that holds nonsense', Buffer.concat([Buffer.from([0x16, 3, 1, 0, 64]), randomBytes(64)])],
  ['nonsense after TLS was agreed', Buffer.concat([encodeSslRequest(), randomBytes(64)])],
];

export interface SilentConnection {
  readonly how: string;
  readonly connection: RawConnection;
}

/** A packet of the start: its length, itself included, and the body. */
function packet(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

/** Each stops talking at another point of the login, and fifty at the first. */
export function openSilentConnections(port: number): SilentConnection[] {
  const beginnings: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['half a length', Buffer.from([0, 0])],
    ['half a packet', Buffer.from([0, 0, 0, 100, 0, 3, 0, 0])],
    ['a request for TLS', encodeSslRequest()],
    [
      'half a login',
      Buffer.concat([encodeStartup({ parameters: [['user', 'g-abcd2345']] }), Buffer.from('p\0\0')]),
    ],
    ['a start without a login', encodeStartup({ parameters: [['user', 'g-abcd2345']] })],
  ];
  const often = Array.from({ length: 50 }, (): [string, Buffer] => ['nothing, fifty times', Buffer.alloc(0)]);
  const open = (how: string, bytes: Buffer, encrypted: boolean) => {
    const connection = openRawConnection(port, { encrypted });
    connection.send(bytes);
    return { how, connection };
  };
  return [
    ...[...beginnings, ...often].map(([how, bytes]) => open(how, bytes, false)),
    ...beginnings.map(([how, bytes]) => open(`${how}, within TLS`, bytes, true)),
  ];
}
