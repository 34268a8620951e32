export default function ChatPage() {
  return (
    <html>
      <head><title>Chat</title></head>
      <body>
        <h1>Chat</h1>
        <div id="messages"></div>
        <input type="text" id="input" placeholder="Type message..." />
        <button id="send">Send</button>
        
        <script>{`
          let clientId = null;
          const messagesDiv = document.getElementById('messages');
          const input = document.getElementById('input');
          
          async function fetchMessages() {
            try {
              const res = await fetch('/api/messages', {
                headers: { 'x-client-id': clientId }
              });
              const data = await res.json();
              
              clientId = data.clientId;
              
              for (const msg of data.messages) {
                const div = document.createElement('div');
                div.textContent = \`\${msg.from}: \${msg.content}\`;
                messagesDiv.appendChild(div);
              }
            } catch (err) {
              console.error('Error fetching messages', err);
            }
          }
          
          async function sendMessage() {
            const content = input.value;
            if (!content) return;
            
            try {
              await fetch('/api/messages', {
                method: 'POST',
                headers: {
                  'content-type': 'application/json',
                  'x-client-id': clientId
                },
                body: JSON.stringify({ content })
              });
              
              input.value = '';
              await fetchMessages();
            } catch (err) {
              console.error('Error sending message', err);
            }
          }
          
          document.getElementById('send').addEventListener('click', sendMessage);
          
          // Poll for messages
          fetchMessages();
          setInterval(fetchMessages, 1000);
        `}</script>
      </body>
    </html>
  );
}
