// Says hello to a WebSocket and prints what comes back, until the server closes it.
const socket = new WebSocket(process.argv[2]!);
socket.onopen = () => socket.send("hello");
socket.onmessage = ({ data }) => console.log(data);
socket.onclose = ({ code }) => console.log("closed", code);
