import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import { REQUEST, type RequestAnswer } from '../../web/schemas/requests.ts';
import type { CliContext } from '../context.ts';
import {
  addLeafCommand,
  type JsonOption,
  parseDurationOption,
  type RegisterCommand,
} from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { printableLine } from '../printable.ts';
import { describeRequest } from '../wording.ts';

const POLL_MS = 1_000;

interface Options extends JsonOption {
  readonly role?: string;
  readonly for?: string;
  readonly because: string;
  readonly ticket?: string;
  readonly incident?: string;
  readonly forUser?: string;
  readonly forWorkload?: string;
  readonly wait?: true;
}

/** `sallyport request`: asks for access, and waits for the decision when told to. */
export const registerRequest: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'request <resource>',
    summary: 'Ask for access',
    examples: [
      'sallyport request orders-db --role read --for 1h --because "refund of order 4711"',
      'sallyport request orders-db --because "INC-12: slow checkout" --incident inc-12 --wait',
      'sallyport request orders-db --for-user dana@example.com --because "takes over at noon"',
      'sallyport request orders-db --role write --for-workload orders-migrator --because "release 4.2"',
    ],
  })
    .option('--role <role>', 'the role you need; the first one you may have when left out')
    .option('--for <duration>', 'how long, such as 30m or 1h', parseDurationOption)
    .requiredOption('--because <text>', 'why; the approvers read this')
    .option('--ticket <id>', 'the ticket this belongs to')
    .option('--incident <channel>', "the incident's channel")
    .option('--for-user <person>', 'the access is for this person, who has to consent')
    .option('--for-workload <name>', 'the access is for this workload; its owner has to consent')
    .option('--wait', 'wait for the decision; exit 1 unless it is approved')
    .action(async (resource: string, options: Options) => {
      const { role, for: duration, because: reason, ticket, incident } = options;
      const { forUser, forWorkload } = options;
      const body = { resource, role, duration, reason, ticket, incident, forUser, forWorkload };
      const made = await context.api.post('/requests', REQUEST, body, { 'idempotency-key': randomUUID() });
      const answer = options.wait ? await waitForDecision(context, made) : made;
      printOne(context, options, {
        answer,
        describe: (request) => describeRequest(context.terminal, request, new Date()),
      });
      if (options.wait) requireApproval(answer);
      else if (answer.state === 'pending')
        context.terminal.say(`\nFollow it with: sallyport show ${answer.id}`);
    });
};

/** Polls until it is decided and, once approved, until the grant can be used. Says on stderr what changes. */
async function waitForDecision(context: CliContext, made: RequestAnswer): Promise<RequestAnswer> {
  let request = made;
  let said = '';
  for (;;) {
    const progress = progressOf(request);
    if (progress !== said) context.terminal.say(printableLine(progress));
    said = progress;
    if (request.state !== 'pending' && request.grant?.state !== 'issuing') return request;
    await sleep(POLL_MS);
    request = await context.api.get(`/requests/${encodeURIComponent(made.id)}`, REQUEST);
  }
}

function progressOf(request: RequestAnswer): string {
  if (request.state === 'approved') {
    return request.grant?.state === 'issuing' ? 'Approved. Preparing the connection …' : 'Approved.';
  }
  if (request.state !== 'pending') return `The request was ${request.state}.`;
  const approvals = request.votes.map((vote) => `${vote.person.name} approved`);
  const consent =
    request.consent === null || request.consent.given ? [] : [`the consent of ${request.consent.from}`];
  const open = request.seats
    .map((seat) => ({ name: seat.name, missing: seat.count - seat.filledBy.length }))
    .filter((seat) => seat.missing > 0)
    .map((seat) => `${seat.missing} of ${seat.name}`);
  return [...approvals, `${request.id} waits for ${[...open, ...consent].join(' and ')}`].join('; ');
}

function requireApproval(request: RequestAnswer): void {
  if (request.state === 'approved') return;
  if (request.closed !== null) {
    throw new AppError(
      'forbidden',
      printableLine(`Request ${request.id} was closed: ${request.closed.because}`),
    );
  }
  const denial = request.votes.find((vote) => vote.verdict === 'deny');
  const by = denial === undefined ? '' : ` by ${denial.person.name}`;
  const note = denial?.note == null ? '' : `: ${denial.note}`;
  throw new AppError('forbidden', printableLine(`Request ${request.id} was ${request.state}${by}${note}.`));
}
