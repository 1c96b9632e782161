/** A login role that exists on a target for one grant, so that the target's own logs name the person. */

export const EPHEMERAL_ROLE_STATES = ['making', 'made', 'dropped'] as const;

/** What PostgreSQL tells names apart by: NAMEDATALEN without the zero at the end. */
const NAME_BYTES_MAX = 63;

/**
 * `sp_g-abcd2345_alice`: the handle leads back to the grant and the rest names its holder. ASCII, at most 63
 * bytes; the handle makes it unique.
 * @param holder.name what a workload is called; of a person the part of the address before the @ is used
 */
export function ephemeralRoleName(
  grantId: string,
  holder: { readonly kind: 'person' | 'workload'; readonly name: string; readonly email: string },
): string {
  const called = holder.kind === 'person' ? holder.email.replace(/@[^@]*$/, '') : holder.name;
  const plain = called
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f]/g, '')
    .replaceAll(/[^a-z0-9._-]/g, '_');
  return `sp_${grantId}_${plain}`.slice(0, NAME_BYTES_MAX);
}
