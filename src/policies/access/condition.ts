/**
 * Conditions of access policies (`when:`), in CEL. They are checked when the file is read, against
 * the fields below, so that a misspelt one is a problem then and not a surprise later. One that
 * throws or does not answer true denies.
 */
import { Environment } from '@marcbachmann/cel-js';
import { AppError, messageOf } from '../../core/errors.ts';

export interface ConditionFacts {
  readonly request: {
    readonly durationMs: number;
    readonly reason: string;
    readonly ticket: string;
    readonly incident: string;
    readonly role: string;
    readonly at: Date;
  };
  readonly user: { readonly email: string; readonly name: string; readonly groups: readonly string[] };
  readonly resource: {
    readonly name: string;
    readonly kind: string;
    readonly labels: Readonly<Record<string, string>>;
  };
}

export type Condition = (facts: ConditionFacts) => boolean;

const environment = new Environment({ limits: { maxAstNodes: 1_000, maxDepth: 50 } })
  .registerVariable({
    name: 'request',
    schema: {
      duration: 'google.protobuf.Duration',
      reason: 'string',
      ticket: 'string',
      incident: 'string',
      role: 'string',
      time: 'google.protobuf.Timestamp',
    },
  })
  .registerVariable({ name: 'user', schema: { email: 'string', name: 'string', groups: 'list<string>' } })
  .registerVariable({
    name: 'resource',
    schema: { name: 'string', kind: 'string', labels: 'map<string, string>' },
  });

/** @throws AppError `config_invalid` when the text is not a CEL condition over request, user and resource */
export function compileCondition(text: string): Condition {
  let run: ReturnType<typeof environment.parse>;
  try {
    run = environment.parse(text);
  } catch (error) {
    throw new AppError('config_invalid', `not a CEL expression: ${firstLine(messageOf(error))}`, {
      cause: error,
    });
  }
  const check = run.check();
  if (!check.valid) {
    throw new AppError('config_invalid', `not a valid condition: ${firstLine(messageOf(check.error))}`);
  }
  if (check.type !== 'bool' && check.type !== 'dyn') {
    throw new AppError('config_invalid', `a condition must be true or false; this is of type ${check.type}`);
  }
  return (facts) => {
    try {
      return run(contextOf(facts)) === true;
    } catch {
      return false;
    }
  };
}

function contextOf(facts: ConditionFacts): Record<string, unknown> {
  return {
    request: {
      duration: environment.evaluate(`duration('${Math.round(facts.request.durationMs)}ms')`),
      reason: facts.request.reason,
      ticket: facts.request.ticket,
      incident: facts.request.incident,
      role: facts.request.role,
      time: facts.request.at,
    },
    user: { email: facts.user.email, name: facts.user.name, groups: [...facts.user.groups] },
    resource: { name: facts.resource.name, kind: facts.resource.kind, labels: facts.resource.labels },
  };
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}
