import { detectedNames } from '../policies/detectors/detection.ts';
import { selectorApplies } from '../policies/rules/select.ts';
import type { AccessContext } from './context.ts';

/** What the masks of a resource detect. One that has left the configuration is masked by everything there is. */
export function detectorsOn({ policy }: Pick<AccessContext, 'policy'>, name: string): string[] {
  const { resources, masks } = policy.current().document;
  const resource = resources.find((candidate) => candidate.name === name);
  return detectedNames(
    masks.filter(
      (mask) => mask.on === undefined || resource === undefined || selectorApplies(mask.on, resource),
    ),
  );
}
