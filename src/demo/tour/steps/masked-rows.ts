import { askTarget } from '../customers.ts';
import { send } from '../send.ts';
import { hold, type Step } from '../step.ts';

const CONTACTS = 'SELECT name, email, phone AS note FROM customers ORDER BY id LIMIT 3';
const CARDS = 'SELECT id, card_number FROM payments ORDER BY id LIMIT 3';
const VISIBLE_DIGITS = 4;

export const MASKED_ROWS: Step = {
  name: 'masked rows',
  run: async (tour) => {
    const contacts = await send(tour, CONTACTS);
    hold(contacts.ok && contacts.rows.length === 3, `no customers came back: ${JSON.stringify(contacts)}`);
    for (const [place, [name, email, phone]] of (await askTarget(tour.target, CONTACTS)).entries()) {
      const shown = contacts.rows[place] ?? [];
      hold(shown[0] === name, `the name ${name} came back as ${shown[0]}`);
      hold(shown[1] !== email && shown[2] !== phone, `${name}'s contact came back unmasked`);
    }

    const cards = await send(tour, CARDS);
    hold(cards.ok && cards.rows.length === 3, `no payments came back: ${JSON.stringify(cards)}`);
    for (const [place, [id, number = '']] of (await askTarget(tour.target, CARDS)).entries()) {
      const shown = cards.rows[place]?.[1] ?? '';
      const ending = number.slice(-VISIBLE_DIGITS);
      hold(
        shown.endsWith(ending),
        `the card of payment ${id} came back as ${shown}, not ending in ${ending}`,
      );
      hold(
        !/\d/.test(shown.slice(0, -VISIBLE_DIGITS)),
        `the card of payment ${id} shows more than its end: ${shown}`,
      );
    }
    return `e-mail shown as ${contacts.rows[0]?.[1]}, card number as ${cards.rows[0]?.[1]}`;
  },
};
