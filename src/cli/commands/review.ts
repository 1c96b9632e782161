import { AppError } from '../../core/errors.ts';
import { REVIEW } from '../../web/schemas/reviews.ts';
import { describeReview } from '../emergency-wording.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

interface Options extends JsonOption {
  readonly justified?: true;
  readonly unjustified?: true;
  readonly because?: string;
}

/** `sallyport review`: shows one; with a verdict, says whether the access was justified. */
export const registerReview: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'review <id>',
    summary: 'Look at emergency access, or say whether it was justified',
    examples: [
      'sallyport review v-3xq2m7ka',
      'sallyport review v-3xq2m7ka --justified --because "checkout was down, see inc-12"',
      'sallyport review v-3xq2m7ka --unjustified --because "nobody was asked, and nothing was urgent"',
    ],
  })
    .option('--justified', 'it was right to take it')
    .option('--unjustified', 'it was not; say why')
    .option('--because <text>', 'why; needed for --unjustified')
    .action(async (id: string, options: Options) => {
      const { justified = false, unjustified = false, because: note } = options;
      if (justified && unjustified)
        throw new AppError('invalid_input', 'Say --justified or --unjustified, not both.');
      const path = `/reviews/${encodeURIComponent(id)}`;
      const verdict = justified ? 'justified' : 'unjustified';
      printOne(context, options, {
        answer:
          justified || unjustified
            ? await context.api.post(`${path}/votes`, REVIEW, { verdict, note })
            : await context.api.get(path, REVIEW),
        describe: (review) => describeReview(context.terminal, review, new Date()),
      });
    });
};
