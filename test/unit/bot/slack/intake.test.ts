import type { ReceiverEvent } from '@slack/bolt';
import { describe, expect, test } from 'vitest';
import { actKeyOf, type Dedupe, happeningOf } from '../../../../src/bot/slack/dedupe.ts';
import { createIntake, type Delivery } from '../../../../src/bot/slack/intake.ts';

const quiet = { warn: () => undefined, error: () => undefined };

/** As the store does it, for one process. */
function memoryDedupe(): Dedupe & { readonly given: string[] } {
  const taken = new Set<string>();
  const given: string[] = [];
  return {
    given,
    take: async ({ call }) => {
      if (taken.has(call)) return 'replayed';
      taken.add(call);
      return 'new';
    },
    giveBack: async ({ call }) => {
      taken.delete(call);
      given.push(call);
    },
  };
}

function delivery(call: string, acknowledge: Delivery['acknowledge'] = async () => undefined): Delivery {
  return {
    body: { type: 'block_actions' },
    keys: { call, happening: null },
    retryNum: null,
    retryReason: null,
    acknowledge,
  };
}

function intakeOf(process: (event: ReceiverEvent) => Promise<void>, drainMs = 5_000) {
  const dedupe = memoryDedupe();
  return { dedupe, intake: createIntake({ dedupe, process, logger: quiet, drainMs }) };
}

describe('a delivery', () => {
  test('is taken when it is acknowledged, while the act is still under way', async () => {
    const act = Promise.withResolvers<void>();
    const { intake } = intakeOf(async ({ ack }) => {
      await ack();
      await act.promise;
    });
    expect(await intake.take(delivery('one'))).toBe('acknowledged');
    let drained = false;
    const draining = intake.drain().then(() => {
      drained = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(drained).toBe(false);
    act.resolve();
    await draining;
  });

  test('is handled once, however often it comes', async () => {
    let handled = 0;
    const { intake } = intakeOf(async ({ ack }) => {
      handled += 1;
      await ack();
    });
    const outcomes = await Promise.all(
      ['one', 'one', 'two', 'one'].map((call) => intake.take(delivery(call))),
    );
    expect(outcomes.filter((outcome) => outcome === 'acknowledged')).toHaveLength(2);
    expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(2);
    expect(handled).toBe(2);
  });

  test('sends one acknowledgement, the first', async () => {
    const sent: unknown[] = [];
    const { intake } = intakeOf(async ({ ack }) => {
      await ack({ options: [] });
      await ack();
    });
    await intake.take(delivery('one', async (response) => void sent.push(response)));
    await intake.drain();
    expect(sent).toEqual([{ options: [] }]);
  });

  test('that nobody answers may come again', async () => {
    let ready = false;
    const { intake, dedupe } = intakeOf(async ({ ack }) => {
      if (ready) await ack();
    });
    expect(await intake.take(delivery('one'))).toBe('unanswered');
    expect(dedupe.given).toEqual(['one']);
    ready = true;
    expect(await intake.take(delivery('one'))).toBe('acknowledged');
  });

  test('whose acknowledgement is lost does nothing, and may come again', async () => {
    let acted = 0;
    const { intake } = intakeOf(async ({ ack }) => {
      await ack();
      acted += 1;
    });
    const lost = delivery('one', async () => {
      throw new Error('the connection ended');
    });
    expect(await intake.take(lost)).toBe('unanswered');
    expect(acted).toBe(0);
    expect(await intake.take(delivery('one'))).toBe('acknowledged');
    expect(acted).toBe(1);
  });

  test('whose act fails was acknowledged all the same, and does not come again', async () => {
    const { intake, dedupe } = intakeOf(async ({ ack }) => {
      await ack();
      throw new Error('the act failed');
    });
    expect(await intake.take(delivery('one'))).toBe('acknowledged');
    await intake.drain();
    expect(dedupe.given).toEqual([]);
  });
});

describe('a delivery that waited for the database', () => {
  test('until Slack has told its sender that it failed does nothing, and may come again', async () => {
    let handled = 0;
    const dedupe = memoryDedupe();
    const take = Promise.withResolvers<void>();
    const slow: Dedupe = {
      ...dedupe,
      take: async (keys) => {
        await take.promise;
        return dedupe.take(keys);
      },
    };
    const process = async ({ ack }: ReceiverEvent): Promise<void> => {
      handled += 1;
      await ack();
    };
    const impatient = createIntake({ dedupe: slow, process, logger: quiet, tooLateMs: 20 });
    const outcome = impatient.take(delivery('one'));
    setTimeout(() => take.resolve(), 40);
    expect(await outcome).toBe('unanswered');
    expect(handled).toBe(0);
    const patient = createIntake({ dedupe: slow, process, logger: quiet });
    expect(await patient.take(delivery('one'))).toBe('acknowledged');
  });
});

describe('stopping', () => {
  test('takes nothing more', async () => {
    const { intake } = intakeOf(async ({ ack }) => ack());
    await intake.drain();
    await expect(intake.take(delivery('one'))).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('does not wait for an act that never ends', async () => {
    const { intake } = intakeOf(async ({ ack }) => {
      await ack();
      await new Promise(() => undefined);
    }, 50);
    await intake.take(delivery('one'));
    await intake.drain();
  });
});

describe('the keys of what Slack sends', () => {
  test('are of the event, or of the interaction, or of nothing', () => {
    expect(happeningOf({ event_id: 'Ev1', trigger_id: 't1' })).toBe(happeningOf({ event_id: 'Ev1' }));
    expect(happeningOf({ event_id: 'Ev1' })).not.toBe(happeningOf({ event_id: 'Ev2' }));
    expect(happeningOf({ trigger_id: 'Ev1' })).not.toBe(happeningOf({ event_id: 'Ev1' }));
    expect(happeningOf({ type: 'block_suggestion' })).toBeNull();
  });

  test('one modal is one act, however often its button is pressed; two clicks are two', () => {
    const submission = { type: 'view_submission', view: { id: 'V1' } };
    const key = actKeyOf({ ...submission, trigger_id: 't1' });
    expect(actKeyOf({ ...submission, trigger_id: 't2' })).toBe(key);
    expect(actKeyOf({ ...submission, view: { id: 'V2' }, trigger_id: 't1' })).not.toBe(key);
    const click = { type: 'block_actions', view: { id: 'V1' } };
    expect(actKeyOf({ ...click, trigger_id: 't1' })).not.toBe(actKeyOf({ ...click, trigger_id: 't2' }));
  });

  test('fit where they are kept, whatever Slack sends', () => {
    for (const id of ['t', 't'.repeat(5_000)]) {
      expect(actKeyOf({ trigger_id: id }).length).toBeLessThanOrEqual(100);
      expect(happeningOf({ event_id: id })?.length).toBeLessThanOrEqual(200);
    }
    expect(actKeyOf({ command: '/access', text: 'x'.repeat(20_000) }).length).toBeLessThanOrEqual(100);
  });
});
