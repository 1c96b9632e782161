/** Every detector by the name that a mask's `detect` gives. A new one is a file and a line here. */
import { CREDIT_CARD } from './credit-card.ts';
import type { Detector } from './detector.ts';
import { EMAIL } from './email.ts';
import { IBAN } from './iban.ts';
import { JWT } from './jwt.ts';
import { OWN_RULES } from './own-secret-rules.ts';
import { PHONE } from './phone.ts';
import { PRIVATE_KEY } from './private-key.ts';
import { type SecretRule, secretDetector } from './secret-rules.ts';
import { GITLEAKS_RULES } from './secret-rules-data.ts';
import { URL_PASSWORD } from './url-password.ts';

const DETECTORS: ReadonlyMap<string, Detector> = new Map([
  ['credit-card', CREDIT_CARD],
  ['iban', IBAN],
  ['email', EMAIL],
  ['phone', PHONE],
  ['jwt', JWT],
  ['private-key', PRIVATE_KEY],
  ['url-password', URL_PASSWORD],
]);

const SECRET_RULES: readonly SecretRule[] = [...GITLEAKS_RULES, ...OWN_RULES];
/** The names of groups of rules: aws-key, cloud-key, saas-key. */
const GROUPS: readonly string[] = [...new Set(SECRET_RULES.map(({ group }) => group))].sort();

/** What `detect` may name: kinds of values, groups of keys, and single rules. */
export const DETECTOR_NAMES: readonly string[] = [
  ...DETECTORS.keys(),
  ...GROUPS,
  ...SECRET_RULES.map(({ name }) => name).sort(),
];

/** The names to suggest to somebody who wrote one that does not exist. */
export const COMMON_DETECTOR_NAMES: readonly string[] = [...DETECTORS.keys(), ...GROUPS];

/** Sets of rules in use: their tables are large, and every session of a resource needs the same. */
const SECRET_DETECTORS = new Map<string, Detector>();
const SECRET_DETECTORS_MAX = 100;

/** The detectors of these names; what is unknown has been refused when the configuration was read. */
export function detectorsNamed(names: readonly string[]): Detector[] {
  const wanted = new Set(names);
  const plain = [...DETECTORS].filter(([name]) => wanted.has(name)).map(([, detector]) => detector);
  const rules = SECRET_RULES.filter(({ name, group }) => wanted.has(name) || wanted.has(group));
  return rules.length === 0 ? plain : [...plain, secretsOf(rules)];
}

function secretsOf(rules: readonly SecretRule[]): Detector {
  const key = rules.map(({ name }) => name).join(' ');
  const known = SECRET_DETECTORS.get(key);
  if (known !== undefined) return known;
  const made = secretDetector(rules);
  if (SECRET_DETECTORS.size >= SECRET_DETECTORS_MAX) SECRET_DETECTORS.clear();
  SECRET_DETECTORS.set(key, made);
  return made;
}
