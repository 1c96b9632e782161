/** Which resources a selector means. */
import type { Resource, Selector } from '../document/schema.ts';

/** True when everything that the selector names holds for the resource; an empty selector means every one. */
export function selectorApplies(
  selector: Selector,
  resource: Pick<Resource, 'name' | 'kind' | 'labels'>,
): boolean {
  if (selector.kind !== undefined && selector.kind !== resource.kind) return false;
  if (selector.name !== undefined && selector.name !== resource.name) return false;
  return Object.entries(selector.labels ?? {}).every(
    ([label, value]) => Object.hasOwn(resource.labels, label) && resource.labels[label] === value,
  );
}
