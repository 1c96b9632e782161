import { AppError } from '../../core/errors.ts';
import type { PolicyImpact, SimulatedChange, SimulationProgress } from '../../core/policy-impact.ts';
import { SIMULATION_LINE } from '../../web/schemas/policy.ts';
import type { CliContext } from '../context.ts';
import {
  addLeafCommand,
  type JsonOption,
  parseDurationOption,
  type RegisterCommand,
} from '../leaf-command.ts';
import { describeImpact, describeSimulatedChange } from '../policy-wording.ts';
import { printableJson, printableLine } from '../printable.ts';
import { readPolicyFile } from '../read-policy-file.ts';

/** The server gives up before that. */
const TIMEOUT_MS = 720_000;
/** Kept for `--json`, which is one document; the counts know of all. */
const CHANGES_KEPT_MAX = 100_000;
const BAR_CHARACTERS = 30;

interface Options extends JsonOption {
  readonly since: string;
}

/** `sallyport policy simulate`: every decision of the last days that another policy would have made differently. */
export const registerPolicySimulate: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'simulate <file>',
    summary:
      'Show which requests, statements and commands of the past another policy would decide differently',
    examples: [
      'sallyport policy simulate sallyport.yaml',
      'sallyport policy simulate sallyport.yaml --since 7d --json',
    ],
  })
    .option('--since <duration>', 'how far to look back', parseDurationOption, '30d')
    .action(async (file: string, options: Options) => {
      const body = { text: await readPolicyFile(file), since: options.since };
      const { impact, changes } = await simulate(context, { body, keep: options.json === true });
      const { terminal } = context;
      if (options.json) terminal.print(printableJson({ ...impact, changes }));
      else terminal.print(describeImpact(terminal, impact));
    });
};

async function simulate(
  { api, terminal }: CliContext,
  { body, keep }: { body: { text: string; since: string }; keep: boolean },
): Promise<{ impact: PolicyImpact; changes: readonly SimulatedChange[] }> {
  const changes: SimulatedChange[] = [];
  try {
    for await (const line of api.postLines('/policy/simulate', SIMULATION_LINE, body, {
      timeoutMs: TIMEOUT_MS,
    })) {
      if ('impact' in line) return { impact: line.impact, changes };
      if ('problem' in line) throw new AppError('internal', line.problem.detail);
      if ('progress' in line) terminal.progress(barOf(line.progress));
      else if (!keep) {
        terminal.progress(null);
        terminal.print(printableLine(describeSimulatedChange(line.change)));
      } else if (changes.length < CHANGES_KEPT_MAX) changes.push(line.change);
    }
  } finally {
    terminal.progress(null);
  }
  throw new AppError('unavailable', 'The connection ended before the simulation did.');
}

function barOf({ done, total }: SimulationProgress): string {
  const share = total === 0 ? 1 : done / total;
  const filled = Math.round(share * BAR_CHARACTERS);
  const bar = `${'#'.repeat(filled)}${'-'.repeat(BAR_CHARACTERS - filled)}`;
  return `[${bar}] ${Math.floor(share * 100)}%  ${done} of ${total} decisions`;
}
