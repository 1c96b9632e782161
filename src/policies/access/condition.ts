/**
 * Conditions of access policies (`when:`), in CEL. They are checked when the file is read, against the fields that
 * a request has, so that a misspelt one is a problem then and not a surprise later.
 */
import { AppError, messageOf } from '../../core/errors.ts';
import type { RequestKind } from '../../core/request.ts';
import { conditions, withOwnFunctions } from './condition-environment.ts';

export interface ConditionFacts {
  readonly request: {
    readonly durationMs: number;
    readonly reason: string;
    readonly ticket: string;
    readonly incident: string;
    readonly role: string;
    readonly kind: RequestKind;
    readonly at: Date;
  };
  readonly user: { readonly email: string; readonly name: string; readonly groups: readonly string[] };
  readonly resource: {
    readonly name: string;
    readonly kind: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly owners: readonly string[];
  };
}

/** What a condition came to. One that failed denies, whatever the policy is for. */
export type ConditionOutcome =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Never throws. */
export type Condition = (facts: ConditionFacts) => ConditionOutcome;

type Parsed = ReturnType<typeof conditions.parse>;

/** More than a document has policies. */
const COMPILED_MAX = 4_000;
const compiled = new Map<string, Condition>();

/**
 * Compiled once for each text.
 * @throws AppError `config_invalid` when the text is not a CEL condition over request, user and resource
 */
export function compileCondition(text: string): Condition {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const condition = compile(text);
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  compiled.set(text, condition);
  return condition;
}

function compile(text: string): Condition {
  const run = checked(rewritten(text));
  return (facts) => {
    try {
      const value: unknown = run(contextOf(facts));
      if (value === true) return { kind: 'true' };
      return value === false
        ? { kind: 'false' }
        : { kind: 'failed', reason: 'the condition is neither true nor false' };
    } catch (error) {
      return { kind: 'failed', reason: firstLine(messageOf(error)) };
    }
  };
}

/** What is wrong with the text is said about the text as it was written. */
function rewritten(text: string): string {
  try {
    return withOwnFunctions(checked(text).ast);
  } catch (error) {
    if (error instanceof AppError && error.code === 'config_invalid') throw error;
    throw new AppError('config_invalid', `not a valid condition: ${firstLine(messageOf(error))}`, {
      cause: error,
    });
  }
}

function checked(text: string): Parsed {
  let run: Parsed;
  try {
    run = conditions.parse(text);
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
  return run;
}

function contextOf({ request, user, resource }: ConditionFacts): Record<string, unknown> {
  const { durationMs, at, ...texts } = request;
  return {
    request: {
      ...texts,
      duration: conditions.evaluate(`duration('${Math.round(durationMs)}ms')`),
      time: at,
    },
    user: { email: user.email, name: user.name, groups: [...user.groups] },
    resource: { ...resource, owners: [...resource.owners] },
  };
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}
