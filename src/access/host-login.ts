/** Somebody who is known logs in to a resource by its name: under which grant, or what could be asked for. */
import { HANDLE_PATTERN } from '../core/grant.ts';
import type { Identity } from '../core/identity.ts';
import type { Seat } from '../core/request.ts';
import { findGrant } from '../store/operations/grants.ts';
import { findPendingForLogin, listGrantsForLogin } from '../store/operations/login-grants.ts';
import type { AccessContext } from './context.ts';
import { matchRequest, resourceNamed, unknownResource } from './match-request.ts';

/** What somebody names when they log in. Null: whichever role there is. */
export interface LoginWish {
  readonly by: Identity;
  readonly resource: string;
  readonly role: string | null;
}

export type HostLogin =
  /** `handle` is that of a grant which is active. */
  | { readonly kind: 'granted'; readonly handle: string; readonly role: string; readonly expiresAt: Date }
  /** Granted, and not prepared yet; or asked for elsewhere, and not decided yet: `watchLogin` tells what becomes of it. */
  | { readonly kind: 'preparing' | 'pending'; readonly requestId: string }
  | { readonly kind: 'can-ask'; readonly resource: string; readonly roles: readonly RoleToAskFor[] }
  /** @property message a sentence for the person */
  | { readonly kind: 'refused'; readonly message: string };

export interface RoleToAskFor {
  readonly role: string;
  /** Granted at once. */
  readonly automatic: boolean;
  readonly seats: readonly Seat[];
  /** Given when no length is asked for. */
  readonly durationMs: number;
  /** Null where it depends on the ticket. */
  readonly durationMaxMs: number | null;
  readonly needsTicket: boolean;
}

const GRANTS_MAX = 20;

/** True for the holder of a grant that is active: whoever shows a key is let in under their own grants alone. */
export async function isHolderOf(
  context: Pick<AccessContext, 'store' | 'clock'>,
  input: { readonly handle: string; readonly by: Identity },
): Promise<boolean> {
  if (!HANDLE_PATTERN.test(input.handle)) return false;
  const grant = await findGrant(context.store.read(), { id: input.handle });
  return (
    grant?.state === 'active' && grant.expiresAt > context.clock.now() && grant.holder.id === input.by.id
  );
}

/**
 * The newest grant that is active, for this role if one is named; else what there is to wait for, or to ask for.
 * Asks nobody and writes nothing.
 */
export async function findLogin(context: AccessContext, wish: LoginWish): Promise<HostLogin> {
  const { by, resource: name, role } = wish;
  const { document } = context.policy.current();
  const resource = resourceNamed(document, name);
  if (resource === undefined) return refused(unknownResource(document, name));
  if (resource.kind !== 'ssh')
    return refused(`${name} is of kind ${resource.kind}: there is no logging in to it over SSH.`);
  if (role !== null && !Object.hasOwn(resource.roles, role))
    return refused(`${name} has no role ${role}. It has ${Object.keys(resource.roles).join(', ')}.`);
  const db = context.store.read();
  const wanted = { holderId: by.id, resource: name, role, now: context.clock.now(), limit: GRANTS_MAX };
  const grants = (await listGrantsForLogin(db, wanted)).filter(({ request }) =>
    Object.hasOwn(resource.roles, request.role),
  );
  const active = grants.find(({ state }) => state === 'active');
  if (active !== undefined)
    return {
      kind: 'granted',
      handle: active.id,
      role: active.request.role,
      expiresAt: active.expiresAt,
    };
  const [issuing] = grants;
  if (issuing !== undefined) return { kind: 'preparing', requestId: issuing.request.id };
  const pending = await findPendingForLogin(db, { requesterId: by.id, resource: name, role });
  if (pending !== null) return { kind: 'pending', requestId: pending };
  return whatToAskFor(context, wish);
}

function whatToAskFor(context: AccessContext, { by, resource: name, role }: LoginWish): HostLogin {
  const { document } = context.policy.current();
  const resource = resourceNamed(document, name);
  if (resource === undefined) return refused(unknownResource(document, name));
  const ask = (one: string | null) =>
    matchRequest(
      context,
      { document, resource },
      { holder: by, role: one, durationMs: null, ticketAnswers: null },
    );
  const names = role === null ? Object.keys(resource.roles) : [role];
  const roles = names.flatMap((one): RoleToAskFor[] => {
    const { answer, durationMs } = ask(one);
    if (answer.allowed) {
      const { approval, durationMaxMs } = answer;
      const seats = approval.kind === 'votes' ? approval.seats : [];
      const automatic = approval.kind === 'auto';
      return [{ role: one, automatic, seats, durationMs, durationMaxMs, needsTicket: false }];
    }
    if (answer.obstacle !== 'ticket') return [];
    return [{ role: one, automatic: false, seats: [], durationMs, durationMaxMs: null, needsTicket: true }];
  });
  if (roles.length > 0) return { kind: 'can-ask', resource: name, roles };
  const { answer } = ask(role);
  return refused(answer.allowed ? 'Nothing can be asked for.' : answer.explanation);
}

function refused(message: string): HostLogin {
  return { kind: 'refused', message };
}
