import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { APP_LOG } from '../../sample-host/sample-files.ts';
import { hold, type Step } from '../step.ts';

const NOTES = 'notes.txt';

export const HOST_FILES: Step = {
  name: 'host files',
  run: async ({ notebook, directory, host }) => {
    const client = notebook.recall('hostClient');
    const [here, notes] = [join(directory, 'checkout.log'), join(directory, NOTES)];
    await client.download(APP_LOG, here);
    const log = readFileSync(here);
    hold(log.equals(readFileSync(join(host.home, APP_LOG))), 'the downloaded file is another one');
    const text = `looked at ${new Date().toISOString()}\n`;
    writeFileSync(notes, text);
    await client.upload(notes, NOTES);
    hold(readFileSync(join(host.home, NOTES), 'utf8') === text, 'the uploaded file is another one');
    return `over SFTP: ${log.length} bytes of ${APP_LOG} down, ${text.length} of ${NOTES} up`;
  },
};
