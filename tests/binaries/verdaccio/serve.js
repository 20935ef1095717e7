// Verdaccio on a free port of the loopback interface, told on standard output; its own command line cannot say which.
const { runServer } = require("verdaccio");

runServer(process.argv[2]).then((server) => {
  server.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
});
