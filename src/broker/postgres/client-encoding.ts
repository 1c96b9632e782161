/**
 * In which encoding a client writes. Parser and server must agree on where a string ends, so a session that
 * anything narrows speaks UTF8 and nothing else (design, section 7). Where nothing does, the client may choose:
 * its texts are decoded to be recorded, and no verdict hangs on them.
 */
import { isUtf8 } from 'node:buffer';
import type { DatabaseRole } from '../../policies/document/schema.ts';
import { allowsEverything } from '../../policies/rules/role.ts';

/** True when no rule and no mask applies and the role has every effect there is: there is nothing to get around. */
export function isUnrestricted(policy: {
  readonly role: DatabaseRole;
  readonly rules: readonly unknown[];
  readonly masks: readonly unknown[];
}): boolean {
  const { role, rules, masks } = policy;
  const isFree = allowsEverything(role) && role.ephemeralRole === undefined;
  return isFree && rules.length === 0 && masks.length === 0;
}

/** PostgreSQL's names (documentation, "Character Set Support") -> those of the WHATWG Encoding Standard. */
const DECODERS: ReadonlyMap<string, string> = new Map([
  ['BIG5', 'big5'],
  ['EUC_CN', 'gbk'],
  ['EUC_JIS_2004', 'euc-jp'],
  ['EUC_JP', 'euc-jp'],
  ['EUC_KR', 'euc-kr'],
  ['GB18030', 'gb18030'],
  ['GBK', 'gbk'],
  ['ISO_8859_5', 'iso-8859-5'],
  ['ISO_8859_6', 'iso-8859-6'],
  ['ISO_8859_7', 'iso-8859-7'],
  ['ISO_8859_8', 'iso-8859-8'],
  ['KOI8R', 'koi8-r'],
  ['KOI8U', 'koi8-u'],
  ['LATIN2', 'iso-8859-2'],
  ['LATIN3', 'iso-8859-3'],
  ['LATIN4', 'iso-8859-4'],
  ['LATIN5', 'windows-1254'],
  ['LATIN6', 'iso-8859-10'],
  ['LATIN7', 'iso-8859-13'],
  ['LATIN8', 'iso-8859-14'],
  ['LATIN9', 'iso-8859-15'],
  ['LATIN10', 'iso-8859-16'],
  ['SHIFT_JIS_2004', 'shift_jis'],
  ['SJIS', 'shift_jis'],
  ['UHC', 'euc-kr'],
  ['WIN866', 'ibm866'],
  ['WIN874', 'windows-874'],
  ['WIN1250', 'windows-1250'],
  ['WIN1251', 'windows-1251'],
  ['WIN1252', 'windows-1252'],
  ['WIN1253', 'windows-1253'],
  ['WIN1254', 'windows-1254'],
  ['WIN1255', 'windows-1255'],
  ['WIN1256', 'windows-1256'],
  ['WIN1257', 'windows-1257'],
  ['WIN1258', 'windows-1258'],
]);

/**
 * A statement's text as it is judged and recorded.
 * @param encoding the one that the client has chosen, or null where it is pinned to UTF8
 * @returns null where it is pinned and the bytes are not UTF-8
 */
export function decodeStatement(bytes: Buffer, encoding: string | null): string | null {
  if (encoding === null) return isUtf8(bytes) ? bytes.toString('utf8') : null;
  const decoder = DECODERS.get(encoding);
  if (decoder !== undefined) return new TextDecoder(decoder, { ignoreBOM: true }).decode(bytes);
  // What is not of its encoding is refused by the target; byte for byte is how it can be shown.
  return encoding !== 'LATIN1' && isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
}
