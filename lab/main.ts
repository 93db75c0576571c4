/** What run.mjs starts, once everything is compiled. The same file is the client's process and the page's web server. */

const [role = '', ...words] = process.argv.slice(2);

switch (role) {
  case 'client': {
    const { askForever } = await import('./asking.ts');
    const [address = '', port, interval, patience, page] = words;
    askForever({
      ...{ address, page },
      port: Number(port),
      interval: Number(interval),
      patience: Number(patience),
    });
    break;
  }
  case 'web-server': {
    const { serveWeb } = await import('./web-server.ts');
    serveWeb(words[0] ?? '');
    break;
  }
  default: {
    const { runLab } = await import('./lab.ts');
    await runLab(process.argv.slice(2));
  }
}
