/**
 * Keeps what the paging service said, so that it is asked once in `cacheFor` however many votes are cast, and so that
 * a short outage changes nothing: an answer is used for `staleFor`, but never past the end of a shift in it, since who
 * comes after is not known. What is kept is a copy; another replica asks for itself.
 */

import type { OnCallAnswer, OnCallPerson, OnCallSource } from '../../access/ports.ts';
import { after, type Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { OnCallSchedule, SecretReference } from '../../policies/document/schema.ts';
import { AskedTooOften, askPagerDuty, type OnCallShifts } from './pager-duty.ts';

export interface OnCallSettings {
  readonly clock: Clock;
  readonly readSecret: (reference: SecretReference) => Secret<string>;
  /** Is told when the service does not answer, and why. */
  readonly report: (fault: { readonly schedule: string; readonly problem: string }) => void;
}

interface Kept {
  readonly people: readonly OnCallPerson[];
  readonly asOf: Date;
  readonly freshUntil: Date;
  readonly usableUntil: Date;
}

interface Slot {
  kept: Kept | null;
  /** Why the service did not answer when it was last asked. */
  problem: string | null;
  /** It is not asked again before. */
  pausedUntil: Date | null;
  asking: Promise<void> | null;
}

/** Nobody who waits for a service that is down makes it worse. */
const PAUSE_AFTER_FAILURE_MS = 5_000;
const SLOTS_MAX = 1_000;

export function createOnCallSource(settings: OnCallSettings): OnCallSource {
  const slots = new Map<string, Slot>();

  const slotOf = (schedule: OnCallSchedule): Slot => {
    // Another address, token or time in the policy makes it another question.
    const key = JSON.stringify(schedule);
    const known = slots.get(key);
    if (known !== undefined) return known;
    if (slots.size >= SLOTS_MAX) slots.clear();
    const slot: Slot = { kept: null, problem: null, pausedUntil: null, asking: null };
    slots.set(key, slot);
    return slot;
  };

  return {
    whoIsOnCall: async (schedule) => {
      const slot = slotOf(schedule);
      if (mustAsk(slot, settings.clock.now())) {
        slot.asking ??= ask(schedule, slot, settings).finally(() => {
          slot.asking = null;
        });
        await slot.asking;
      }
      return answerFrom(slot, settings.clock.now());
    },
  };
}

function mustAsk({ kept, pausedUntil }: Slot, now: Date): boolean {
  if (kept !== null && now < kept.freshUntil) return false;
  return pausedUntil === null || now >= pausedUntil;
}

async function ask(schedule: OnCallSchedule, slot: Slot, settings: OnCallSettings): Promise<void> {
  const { clock, readSecret, report } = settings;
  try {
    const shifts = await askPagerDuty(schedule, readSecret(schedule.pagerDuty.token));
    slot.kept = keep(schedule, shifts, clock.now());
    slot.problem = null;
    slot.pausedUntil = null;
  } catch (error) {
    const pauseMs = error instanceof AskedTooOften ? error.pauseMs : PAUSE_AFTER_FAILURE_MS;
    slot.problem = messageOf(error);
    slot.pausedUntil = after(clock.now(), pauseMs);
    report({ schedule: schedule.name, problem: slot.problem });
  }
}

function keep(
  { cacheFor, staleFor }: OnCallSchedule,
  { people, firstEndsAt }: OnCallShifts,
  asOf: Date,
): Kept {
  // A shift that ended before we asked: the clocks differ, and its end says nothing.
  const end = firstEndsAt !== null && firstEndsAt > asOf ? firstEndsAt : null;
  const until = (durationMs: number): Date => {
    const limit = after(asOf, durationMs);
    return end !== null && end < limit ? end : limit;
  };
  return { people, asOf, freshUntil: until(cacheFor), usableUntil: until(Math.max(cacheFor, staleFor)) };
}

function answerFrom({ kept, problem }: Slot, now: Date): OnCallAnswer {
  if (kept === null || now >= kept.usableUntil) return { people: [], asOf: null, problem };
  return { people: kept.people, asOf: kept.asOf, problem };
}
