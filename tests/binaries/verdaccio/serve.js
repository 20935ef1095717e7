// Verdaccio on a free port of one address, told on standard output; its own command line cannot say which.
const { runServer } = require("verdaccio");

const [config, host] = process.argv.slice(2);

runServer(config).then((server) => {
  server.listen(0, host, () => console.log(`listening on http://${host}:${server.address().port}`));
});
