/** Redirections of the parser -> those that every shell has. */
import type { HereDoc, Redirection as ParsedRedirection, Redirect, RedirectDescriptor } from 'unbash';
import { readLiteral } from './read-word.ts';
import { SyntaxRefusal } from './refusal.ts';
import type { Redirection } from './syntax.ts';

/** Not every shell has more. */
const DESCRIPTOR_MAX = 9;
const QUOTE_THE_END =
  "the text after << holds $, ` or \\, which the target would work out: quote the word after it, as in <<'END'";
/** Paths that bash connects to the network instead of opening them. */
const NETWORK = /^\/dev\/(?:tcp|udp)\//;

function descriptorOf(
  descriptor: RedirectDescriptor | undefined,
  { otherwise }: { readonly otherwise: number },
): number {
  if (descriptor === undefined) return otherwise;
  if (descriptor.type === 'FileDescriptor' && descriptor.value <= DESCRIPTOR_MAX) return descriptor.value;
  throw new SyntaxRefusal(`descriptors are written as 0 to ${DESCRIPTOR_MAX}`, descriptor);
}

function readFile(parsed: Redirect, target: string): Redirection[] {
  const { operator } = parsed;
  const descriptor = descriptorOf(parsed.descriptor, { otherwise: operator.startsWith('<') ? 0 : 1 });
  switch (operator) {
    case '<':
    case '>':
    case '>>':
    case '>|':
    case '<>':
      return [{ kind: 'file', descriptor, operator, target }];
    case '&>':
      return bothOutputs('>', target);
    case '&>>':
      return bothOutputs('>>', target);
    case '>&':
    case '<&':
      return [{ kind: 'duplicate', descriptor, operator, source: readSource(parsed) }];
  }
}

function bothOutputs(operator: '>' | '>>', target: string): Redirection[] {
  return [{ kind: 'file', descriptor: 1, operator, target }, STANDARD_ERROR_TOO];
}

/** `2>&1`. */
export const STANDARD_ERROR_TOO: Redirection = {
  kind: 'duplicate',
  descriptor: 2,
  operator: '>&',
  source: 1,
};

function readSource({ operator, target, pos }: Redirect): number | '-' {
  const text = target?.text ?? '';
  if (text === '-') return '-';
  if (/^\d$/.test(text)) return Number(text);
  throw new SyntaxRefusal(`after ${operator} stands a descriptor or -: write > FILE 2>&1 for a file`, {
    pos,
  });
}

function readHereDocument(parsed: HereDoc): Redirection {
  const { delimiter, operator } = parsed;
  if (delimiter === undefined || parsed.closing === undefined)
    throw new SyntaxRefusal('the text after << has no end', parsed);
  const { text } = parsed.body;
  if (!delimiter.quoted && /[$`\\]/.test(text)) throw new SyntaxRefusal(QUOTE_THE_END, parsed.body);
  const body = operator === '<<-' ? text.replaceAll(/^\t+/gm, '') : text;
  return { kind: 'text', descriptor: descriptorOf(parsed.descriptor, { otherwise: 0 }), body };
}

/** One redirection of bash, as one or two that every shell has. */
export function readRedirection(parsed: ParsedRedirection): Redirection[] {
  if (parsed.type === 'HereDoc') return [readHereDocument(parsed)];
  if (parsed.target === undefined) throw new SyntaxRefusal(`nothing follows ${parsed.operator}`, parsed);
  const target = readLiteral(parsed.target, 'the file of a redirection');
  if (!parsed.operator.endsWith('&') && /^\d+$/.test(parsed.target.text))
    throw new SyntaxRefusal('a number could belong to what follows: quote it', parsed.target);
  if (parsed.type === 'HereString') {
    const descriptor = descriptorOf(parsed.descriptor, { otherwise: 0 });
    return [{ kind: 'text', descriptor, body: `${target}\n` }];
  }
  if (NETWORK.test(target))
    throw new SyntaxRefusal('/dev/tcp and /dev/udp are connections, not files', parsed.target);
  return readFile(parsed, target);
}
