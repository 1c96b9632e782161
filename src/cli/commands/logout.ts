import { AppError } from '../../core/errors.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

/** `sallyport logout`: forgets the tokens; the identity provider's own session stays. */
export const registerLogout: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'logout',
    summary: 'Forget the sign-in on this machine',
    examples: ['sallyport logout'],
  }).action(async (options: JsonOption) => {
    const { server, credentials } = context;
    if ((await credentials.read(server)) === null) {
      throw new AppError('unauthenticated', `You are not signed in to ${server}.`);
    }
    await credentials.write(server, null);
    printOne(context, options, {
      answer: { server, signedIn: false },
      describe: () => `You are signed out of ${server}.`,
    });
  });
};
