/** What the demo prints when it is ready: where to look, and five things to try. */
import { relative } from 'node:path';
import { INCIDENT_CHANNEL, SAMPLE_HOST, SAMPLE_TERMINAL } from './sample-policy.ts';
import type { Demo } from './start-demo.ts';

/** @param options.command how this Sallyport is called from the directory it was started in */
export function renderStartScreen(
  demo: Demo,
  options: { command: string; workingDirectory: string },
): string {
  const { url } = demo;
  const { command } = options;
  const state = relative(options.workingDirectory, demo.directory.root);
  const cli = url === 'http://127.0.0.1:7180' ? command : `SALLYPORT_URL=${url} ${command}`;
  const notices = demo.notices.map((notice) => `  ! ${notice}\n`).join('');
  return `
  Sallyport is ready: ${url}
${notices}
  Everybody signs in with a click. Use a private window for each person, or "switch user".

  1. Ask for access, as Alice, in ${url}/chat/${INCIDENT_CHANNEL}

       /access request orders-db as write for 1h because "refunds are stuck" ticket OPS-4711

     Then approve it as Bob and as Dana: it needs one vote of sre and one of dba.

  2. Connect, with what "Reveal connection" in Alice's private message shows, and try

       PGPASSWORD=… psql "postgresql://g-…"
       SELECT name, email, phone FROM customers LIMIT 3;
       SELECT card_number, amount FROM payments LIMIT 3;
       DELETE FROM customers;

     Click "I'm done" and read the summary in the incident's thread; ${url}/sessions
     has the replay (Carol may read every session).

  3. The same from the terminal, as Bob, whose reading the policy approves by itself:

       ${cli} login
       ${cli} request orders-db --role read --for 30m --because "looking at slow orders" --wait
       ${cli} connect orders-db -- -c "SELECT email, city FROM customers LIMIT 3"

  4. A host: ask as Alice, approve as Bob, and paste what "Reveal connection" shows

       /access request ${SAMPLE_HOST} as operator for 1h because "checkout is slow"
       ssh -p … g-…@127.0.0.1                 a prompt: try ls, tail -n 3 logs/checkout.log, cat app/config.ini
       ssh -p … g-…@127.0.0.1 rm -r logs      refused; touch app/restart.txt waits for Bob
       sftp -P … g-…@127.0.0.1                get and put

     It is ${demo.host.description}, as ${demo.host.username} in ${relative(options.workingDirectory, demo.host.home)}:
     what is allowed there happens on this machine. The roles are look and operator; ${SAMPLE_TERMINAL}
     is the same machine with a terminal in which nothing is judged, as breakglass.

  5. A drill, as Carol: what a CI token could do that somebody stole, and who was told

       ${cli} login
       ${cli} drill orders-db --token-file ${relative(options.workingDirectory, demo.directory.ciTokenFile)} \\
         --masked customers.email --masked payments.card_number --host ${SAMPLE_HOST}

  The configuration is ${state}/sallyport.yaml, the log ${state}/demo.log; jobs are in ${demo.queue}.
  Ctrl-C stops everything; the next start finds it as it was.

`;
}
