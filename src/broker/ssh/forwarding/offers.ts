/**
 * What a client offers to what runs on the target: its agent (`ssh -A`) and its screen (`ssh -X`). The offer is judged
 * before the target hears of it, and each connection that the target then opens is judged again and recorded as a
 * channel. What the keys and the screen are used for is in nobody's sight.
 */
import type { AcceptConnection, Channel, RejectConnection, ServerChannel } from 'ssh2';
import { messageOf } from '../../../core/errors.ts';
import type { Offer } from '../../../policies/analyzers/files/file-statement.ts';
import { destinationOf } from '../../../policies/rules/decide-forward.ts';
import type { ClientConnection } from '../client-connection.ts';
import { oneLine } from '../commands/command-words.ts';
import type { ChannelOffers, HostSession, X11Offer } from '../host-session.ts';
import { openAgentChannel, serveAgent } from '../ssh2-internals.ts';
import { clientSide } from './forwarded-connection.ts';
import type { RecordedForwards } from './recorded-forwards.ts';

/** What a client asked for on a channel. */
export interface OfferWishes {
  readonly agent: boolean;
  readonly x11: X11Offer | null;
}

const NAMES: Readonly<Record<Offer, string>> = { agent: 'agents', x11: 'X11' };

interface Answer {
  readonly policyVersion: string;
  /** Null where it may be offered. */
  readonly refusal: string | null;
}

export class Offers {
  readonly #session: HostSession;
  readonly #client: ClientConnection;
  readonly #forwards: RecordedForwards;
  /** One answer for all channels of the connection, under one policy. */
  readonly #answers = new Map<Offer, Answer>();
  readonly #told = new Set<string>();

  constructor(
    session: HostSession,
    options: { readonly client: ClientConnection; readonly forwards: RecordedForwards },
  ) {
    this.#session = session;
    this.#client = options.client;
    this.#forwards = options.forwards;
    const { connection } = session.target;
    serveAgent(
      connection,
      (accept, reject) => void this.#connect('agent', { accept, reject, detail: 'agent' }),
    );
    connection.on('x11', ({ srcIP, srcPort }, accept: AcceptConnection, reject: RejectConnection) => {
      const detail = `x11 from ${destinationOf({ host: srcIP, port: srcPort })}`;
      void this.#connect('x11', { accept, reject, detail });
    });
  }

  /** @param say gets why something is refused, once in a connection: a sentence */
  grant(wishes: OfferWishes, say: (line: string) => void): ChannelOffers {
    const tell = (line: string): void => {
      if (this.#told.has(line)) return;
      this.#told.add(line);
      say(line);
    };
    const mayOffer = (offer: Offer): boolean => {
      const { refusal } = this.#answer(offer);
      if (refusal !== null) tell(refusal);
      return refusal === null;
    };
    let agent = wishes.agent && mayOffer('agent');
    let x11 = wishes.x11 !== null && mayOffer('x11') ? wishes.x11 : null;
    return {
      get agent() {
        return agent;
      },
      get x11() {
        return x11;
      },
      declined: (offer) => {
        if (offer === 'agent') agent = false;
        else x11 = null;
        tell(
          `The host ${this.#session.policy.applies.resource.name} takes no forwarding of ${NAMES[offer]}.`,
        );
      },
    };
  }

  #answer(offer: Offer): Answer {
    const { policy, live } = this.#session;
    const known = this.#answers.get(offer);
    if (known?.policyVersion === policy.version) return known;
    const judgement = this.#forwards.judge({ direction: offer }, null);
    const refusal = judgement.kind === 'refused' ? oneLine(judgement.reason) : null;
    if (judgement.kind === 'allowed')
      this.#forwards.complete(judgement.judged, {
        startedAtMs: live.ageMs,
        tags: ['offered to the host'],
        problem: null,
      });
    const answer = { policyVersion: policy.version, refusal };
    this.#answers.set(offer, answer);
    return answer;
  }

  /** The target wants to be connected. Never throws. */
  async #connect(
    offer: Offer,
    of: { readonly accept: () => Channel; readonly reject: () => void; readonly detail: string },
  ): Promise<void> {
    // Only what was offered, though a target that lies may ask for more.
    if (this.#answers.get(offer)?.refusal !== null) return of.reject();
    const judgement = this.#forwards.judge({ direction: offer }, null);
    if (judgement.kind === 'refused') return of.reject();
    const { judged } = judgement;
    const startedAtMs = this.#session.live.ageMs;
    await this.#forwards.counted(async () => {
      try {
        const channel = await this.#forwards.released(() => this.#open(offer));
        if (channel === null) return of.reject();
        const target = clientSide(of.accept(), { socket: this.#client.socket });
        await this.#forwards.carry(target, { channel, judged, startedAtMs, detail: of.detail });
      } catch (error) {
        const problem = oneLine(messageOf(error));
        this.#forwards.complete(judged, { startedAtMs, tags: [], problem });
        of.reject();
      }
    });
  }

  #open(offer: Offer): Promise<ServerChannel> {
    const { connection } = this.#client;
    return new Promise((resolve, fail) => {
      const opened = (error: Error | undefined, channel: ServerChannel): void => {
        if (error === undefined) resolve(channel);
        else fail(error);
      };
      if (offer === 'agent') openAgentChannel(connection, opened);
      else connection.x11('127.0.0.1', 0, opened);
    });
  }
}
