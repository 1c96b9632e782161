import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import { POLICY_CHANGE, type PolicyChangeAnswer } from '../../web/schemas/policy.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { describePolicyChange } from '../policy-wording.ts';
import { printableLine } from '../printable.ts';
import { readPolicyFile } from '../read-policy-file.ts';

const POLL_MS = 1_000;

interface Options extends JsonOption {
  readonly comment?: string;
  readonly expect?: string;
  readonly wait?: true;
}

/** `sallyport policy apply`: sends a policy to the server, and waits for the decision when told to. */
export const registerPolicyApply: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'apply <file>',
    summary: 'Put a policy into force, or ask those who must agree',
    examples: [
      'sallyport policy apply sallyport.yaml --comment "payments may read orders-db"',
      'sallyport policy apply sallyport.yaml --expect 3f2a9c01d4e7 --wait',
    ],
  })
    .option('--comment <text>', 'why; those who decide read this')
    .option('--expect <version>', 'only if this version is in force now')
    .option('--wait', 'wait for the decision; exit 1 unless it comes into force')
    .action(async (file: string, options: Options) => {
      const { comment, expect: expectedVersion } = options;
      const body = { text: await readPolicyFile(file), comment, expectedVersion };
      const headers = { 'idempotency-key': randomUUID() };
      const made = await context.api.post('/policy/changes', POLICY_CHANGE, body, headers);
      const change = options.wait ? await waitForDecision(context, made) : made;
      printOne(context, options, {
        answer: change,
        describe: (answer) => describePolicyChange(context.terminal, answer, new Date()),
      });
      if (options.wait) requireApplied(change);
      else if (change.state === 'pending')
        context.terminal.say(`\nFollow it with: sallyport show ${change.id}`);
    });
};

async function waitForDecision(context: CliContext, made: PolicyChangeAnswer): Promise<PolicyChangeAnswer> {
  let change = made;
  let said = '';
  while (change.state === 'pending') {
    const progress = progressOf(change);
    if (progress !== said) context.terminal.say(printableLine(progress));
    said = progress;
    await sleep(POLL_MS);
    change = await context.api.get(`/policy/changes/${encodeURIComponent(made.id)}`, POLICY_CHANGE);
  }
  return change;
}

function progressOf({ id, seats, votes }: PolicyChangeAnswer): string {
  const approvals = votes.map((vote) => `${vote.person.name} approved`);
  const open = seats
    .map((seat) => ({ name: seat.name, missing: seat.count - seat.filledBy.length }))
    .filter(({ missing }) => missing > 0)
    .map(({ name, missing }) => `${missing} of ${name}`);
  return [...approvals, `${id} waits for ${open.join(' and ')}`].join('; ');
}

function requireApplied({ id, state, votes }: PolicyChangeAnswer): void {
  if (state === 'applied') return;
  const denial = votes.find((vote) => vote.verdict === 'deny');
  const by = denial === undefined ? '' : ` by ${denial.person.name}`;
  const note = denial?.note == null ? '' : `: ${denial.note}`;
  throw new AppError('forbidden', printableLine(`Policy change ${id} was ${state}${by}${note}.`));
}
