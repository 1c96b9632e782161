/** A person's initials on a colour that stays theirs; the gate for Sallyport itself. */
import type { JSX } from 'preact';
import { BrandMark } from './icons.tsx';

const SHADES = 6;

interface AvatarProps {
  readonly person: { readonly id: string; readonly name: string } | null;
  readonly small?: boolean;
}

export function Avatar({ person, small = false }: AvatarProps): JSX.Element {
  const shade = person ? `shade-${shadeOf(person.id)}` : 'shade-brand';
  return (
    <span
      class={`avatar ${small ? 'avatar-small' : ''} ${shade}`}
      aria-hidden="true"
      // Drawn, not written: what is copied or read aloud has the name without them.
      data-initials={person ? initials(person.name) : undefined}
    >
      {person === null && <BrandMark />}
    </span>
  );
}

function initials(name: string): string {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => Array.from(word ?? '?')[0]?.toUpperCase()).join('');
}

function shadeOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % SHADES;
}
