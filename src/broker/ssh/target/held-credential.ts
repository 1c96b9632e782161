/**
 * The credential of a target while the broker logs in with it. ssh2 keeps what it is given for as long as a connection
 * lives; so it is given a password in bytes that are overwritten afterwards, and a key only through an agent of ours.
 */
import ssh2, {
  type AnyAuthMethod,
  type AuthenticationType,
  type IdentityCallback,
  type ParsedKey,
  type Prompt,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';
import type { HostCredential } from '../../../access/authorize-connection.ts';
import { AppError } from '../../../core/errors.ts';

/** RSA signatures by SHA-1 have this name. */
const SHA1_NAME = 'sha1';

export interface HeldCredential {
  /** What to try next, among those that the target says can go on; false when there is nothing left. */
  next(methodsLeft: readonly AuthenticationType[] | null): AnyAuthMethod | false;
  /** Names of what was tried: `a private key`, `a password`. */
  readonly tried: readonly string[];
  /** Nothing of it is left afterwards. */
  forget(): void;
}

/** @throws AppError `config_invalid` for a private key that cannot be read */
export function holdCredential(
  credential: HostCredential,
  resource: { readonly name: string },
): HeldCredential {
  const { username } = credential;
  const tried: string[] = [];
  const methods: { readonly name: AuthenticationType; readonly method: () => AnyAuthMethod }[] = [];
  const forgetting: (() => void)[] = [];
  if (credential.privateKey !== null) {
    const agent = new OneKeyAgent(readPrivateKey(credential.privateKey.reveal(), resource));
    forgetting.push(() => agent.forget());
    methods.push({
      name: 'publickey',
      method: () => {
        tried.push('its private key');
        return { type: 'agent', username, agent };
      },
    });
  }
  if (credential.password !== null) {
    const password = Buffer.from(credential.password.reveal());
    forgetting.push(() => password.fill(0));
    methods.push(
      {
        name: 'password',
        method: () => {
          tried.push('its password');
          // ssh2 takes bytes as well; its types do not say so.
          return { type: 'password', username, password: password as unknown as string };
        },
      },
      {
        name: 'keyboard-interactive',
        method: () => ({
          type: 'keyboard-interactive',
          username,
          prompt: (_name, _instructions, _language, prompts, finish) =>
            finish(answers(prompts, password.toString())),
        }),
      },
    );
  }
  return {
    tried,
    next: (methodsLeft) => {
      for (let one = methods.shift(); one !== undefined; one = methods.shift()) {
        if (methodsLeft === null || methodsLeft.includes(one.name)) return one.method();
      }
      return false;
    },
    forget: () => {
      for (const forget of forgetting) forget();
      methods.length = 0;
    },
  };
}

/** Only the one question for a password, which is not shown, is answered by it. */
function answers(prompts: readonly Prompt[], password: string): string[] {
  return prompts.map(({ echo }) => (prompts.length === 1 && echo !== true ? password : ''));
}

function readPrivateKey(text: string, resource: { readonly name: string }): ParsedKey {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error || !parsed.isPrivateKey()) {
    throw new AppError(
      'config_invalid',
      `The private key of ${resource.name} cannot be read. It has to be in OpenSSH's or PEM format, without a passphrase.`,
    );
  }
  return parsed;
}

class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  #key: ParsedKey | null;

  constructor(key: ParsedKey) {
    super();
    this.#key = key;
  }

  forget(): void {
    this.#key = null;
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    const shown = this.#key === null ? null : ssh2.utils.parseKey(this.#key.getPublicSSH());
    done(undefined, shown === null || shown instanceof Error ? [] : [shown]);
  }

  override sign(
    publicKey: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): void {
    const answer = typeof options === 'function' ? options : done;
    const hash = typeof options === 'function' ? undefined : options.hash;
    if (this.#key === null) answer?.(new Error('the login is over'));
    else if (publicKey.type === 'ssh-rsa' && (hash === undefined || hash === SHA1_NAME))
      answer?.(new Error('the target accepts RSA keys by SHA-1 only, which is broken'));
    else answer?.(undefined, this.#key.sign(data, hash));
  }
}
