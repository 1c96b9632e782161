/** What a session's returned rows are counted by, under the rules that apply to it. */
import { giveBackEgress, takeEgress } from '../access/count-egress.ts';
import { messageOf } from '../core/errors.ts';
import type { CommandRule } from '../policies/document/schema.ts';
import { type EgressLimit, egressLimits } from '../policies/rules/egress.ts';
import type { Counting } from './egress.ts';
import { GrantBudget } from './grant-budget.ts';
import type { BrokerServices } from './services.ts';

/** Its limits are none where no rule limits what is returned. */
export function countingOf(
  services: BrokerServices,
  session: { readonly rules: readonly CommandRule[]; readonly grantId: string },
): Counting {
  const limits = egressLimits(session.rules);
  const budgets = limits
    .filter(({ per }) => per === 'grant')
    .map((limit): [EgressLimit, GrantBudget] => [
      limit,
      budgetOf(services, { limit, grantId: session.grantId }),
    ]);
  return { limits, budgets: new Map(budgets) };
}

function budgetOf(services: BrokerServices, of: { limit: EgressLimit; grantId: string }): GrantBudget {
  const { access, logger } = services;
  const { limit, grantId } = of;
  const { rule, rowsMax, bytesMax } = limit;
  return new GrantBudget({
    limit,
    store: {
      take: (wanted) =>
        takeEgress(access, { grantId, rule, wanted, max: { rows: rowsMax, bytes: bytesMax } }),
      giveBack: (unused) => giveBackEgress(access, { grantId, rule, unused }),
    },
    onFault: (error) => logger.error({ grantId, rule, problem: messageOf(error) }, 'counting a grant failed'),
  });
}
