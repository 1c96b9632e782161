/**
 * SFTP between a client and a target, request by request. In this order for each that names files:
 *
 *   1. resolve   where do its paths lead, links followed on the target?
 *   2. judge     may it? Recorded before anything of it is forwarded; held where people must agree
 *   3. forward   what was judged: the resolved path, under a number of our own
 *   4. answer    the target's, under the client's number; what passes is counted and hashed
 *
 * Requests that name files are taken one at a time, in the order of arrival, and one that changes something is answered
 * before the next is judged. Those about an open file pass at once: it was judged when it was opened. A handle that no
 * judged request opened is refused, an extension that is not in the table is unsupported, and anything else that cannot
 * be read ends the channel.
 */
import { fileStatement } from '../../../policies/analyzers/files/file-statement.ts';
import { NO_SUCH_HANDLE, UNSUPPORTED } from './answers.ts';
import { type Packet, PacketFramer } from './codec/framer.ts';
import { encodeInit, encodeVersion, judgedGreeting, parseGreeting } from './codec/greeting.ts';
import { PACKET, STATUS, VERSION } from './codec/packet-types.ts';
import { parseRequest, type Request, requestBytesMax } from './codec/requests.ts';
import { responseBytesMax } from './codec/responses.ts';
import { violation } from './codec/violation.ts';
import { OpenFiles } from './open-files.ts';
import { pathRequest } from './operations.ts';
import { PathRequests } from './path-requests.ts';
import { Permissions } from './permission.ts';
import { type RelayOptions, RelayParts } from './relay-parts.ts';
import { REQUESTS_MAX } from './target-requests.ts';
import { Turns } from './turns.ts';

type Extended = Extract<Request, { kind: 'extended' }>;

export class SftpRelay {
  readonly #parts: RelayParts;
  readonly #permissions: Permissions;
  readonly #turns: Turns;
  readonly #files: OpenFiles;
  readonly #paths: PathRequests;
  readonly #ofClient: Packet[] = [];
  readonly #ofTarget: Packet[] = [];
  readonly #clientFramer = new PacketFramer({
    bytesMaxOf: requestBytesMax,
    deliver: (packet) => this.#ofClient.push(packet),
  });
  readonly #targetFramer = new PacketFramer({
    bytesMaxOf: responseBytesMax,
    deliver: (packet) => this.#ofTarget.push(packet),
  });
  #state: 'new' | 'greeting' | 'open' = 'new';
  #onSpace: (() => void) | null = null;

  constructor(options: RelayOptions) {
    const { session, say, onFailure } = options;
    this.#parts = new RelayParts(options);
    this.#permissions = new Permissions(session, say);
    this.#turns = new Turns({ onDone: () => this.#noteSpace(), onFailure });
    const permissions = this.#permissions;
    this.#files = new OpenFiles(this.#parts, { permissions, turns: this.#turns });
    this.#paths = new PathRequests(this.#parts, { permissions, files: this.#files });
  }

  /**
   * Takes what the client sends. Give it nothing more until what it returns has resolved.
   * @throws AppError `invalid_input` when it breaks the protocol
   */
  fromClient(chunk: Buffer): void | Promise<void> {
    this.#clientFramer.push(chunk);
    return this.#takeAll(this.#ofClient, (packet) => this.#request(packet) ?? this.#space());
  }

  /**
   * Takes what the target sends, as `fromClient`.
   * @throws AppError `invalid_input` when it breaks the protocol
   */
  fromTarget(chunk: Buffer): void | Promise<void> {
    this.#targetFramer.push(chunk);
    return this.#takeAll(this.#ofTarget, (packet) => this.#answer(packet));
  }

  /** The channel is over, or the session: what was under way is recorded as far as it came. */
  end(): void {
    if (this.#parts.isOver) return;
    this.#parts.end();
    this.#turns.end();
    this.#permissions.end();
    this.#files.end();
    this.#onSpace?.();
  }

  #takeAll(packets: Packet[], take: (packet: Packet) => void | Promise<void>): void | Promise<void> {
    for (let packet = packets.shift(); packet !== undefined; packet = packets.shift()) {
      if (this.#parts.isOver) continue;
      const later = take(packet);
      if (later instanceof Promise) return later.then(() => this.#takeAll(packets, take));
    }
  }

  get #isFull(): boolean {
    return this.#parts.unanswered >= REQUESTS_MAX || this.#turns.isFull;
  }

  /** Nothing more is read from the client until there is. */
  #space(): void | Promise<void> {
    if (!this.#isFull || this.#parts.isOver) return;
    return new Promise((resolve) => {
      this.#onSpace = resolve;
    });
  }

  #noteSpace(): void {
    if (this.#isFull) return;
    this.#onSpace?.();
    this.#onSpace = null;
  }

  #request(packet: Packet): void | Promise<void> {
    if (this.#state === 'new') return this.#greet(packet);
    if (this.#state === 'greeting' || packet.type === PACKET.init)
      throw violation('A client greets once, and waits for the answer');
    const { id } = packet;
    const request = parseRequest(packet);
    const named = pathRequest(request, this.#parts.options.session.target.facts.home);
    if (named !== null) return this.#turns.add(() => this.#paths.serve(id, named));
    if (request.kind === 'extended') return this.#extended(id, packet, request);
    if ('handle' in request) return this.#files.serve(id, packet, request);
    throw violation('A request is of no known kind');
  }

  #greet(packet: Packet): void {
    if (packet.type !== PACKET.init || parseGreeting(packet).version < VERSION)
      throw violation(`A client begins with a greeting, in version ${VERSION} or a later one`);
    this.#state = 'greeting';
    this.#parts.options.toTarget([encodeInit()]);
  }

  #answer(packet: Packet): void | Promise<void> {
    if (this.#state !== 'open') return this.#greeted(packet);
    if (packet.type === PACKET.version) throw violation('The target greeted twice');
    const later = this.#parts.answered(packet);
    this.#noteSpace();
    return later;
  }

  #greeted(packet: Packet): void {
    if (this.#state !== 'greeting' || packet.type !== PACKET.version)
      throw violation('The target answered what it was not asked');
    const greeting = parseGreeting(packet);
    if (greeting.version !== VERSION)
      throw violation(`The target speaks version ${greeting.version} of SFTP, and only ${VERSION} is judged`);
    this.#state = 'open';
    this.#turns.add(() => this.#paths.start());
    this.#parts.options.toClient([encodeVersion(judgedGreeting(greeting))]);
  }

  #extended(id: number, packet: Packet, request: Extended): void {
    const { extension } = request;
    switch (extension?.name) {
      case 'limits@openssh.com': {
        const answered = (answer: Packet): void => this.#parts.sendBack(id, answer);
        this.#parts.send(request, { expected: PACKET.extendedReply, answered });
        return;
      }
      case 'users-groups-by-id@openssh.com': {
        const statement = fileStatement({ operation: 'users', paths: [] });
        this.#files.judge(id, { files: [], statement, request, expected: PACKET.extendedReply });
        return;
      }
      case 'fsync@openssh.com':
      case 'fstatvfs@openssh.com': {
        const file = this.#files.find(extension.handle);
        if (file === null) {
          this.#parts.status(id, STATUS.failure, NO_SUCH_HANDLE);
          return;
        }
        const expected = extension.name === 'fsync@openssh.com' ? PACKET.status : PACKET.extendedReply;
        this.#files.passOn(id, packet, { file, expected });
        return;
      }
      case 'copy-data':
        this.#files.copy(id, request, extension);
        return;
      default: {
        const name = extension === null ? request.unknown : extension?.name;
        this.#permissions.deny(`sftp extended ${JSON.stringify(name)}`, UNSUPPORTED);
        this.#parts.status(id, STATUS.unsupported, UNSUPPORTED.reason);
        return;
      }
    }
  }
}
