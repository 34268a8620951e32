export default function RealtimePage() {
  return (
    <html>
      <head><title>Real-Time Events</title></head>
      <body>
        <h1>Live Data</h1>
        <div id="data"></div>
        
        <script>{`
          const eventSource = new EventSource('/api/events');
          const dataDiv = document.getElementById('data');
          
          eventSource.addEventListener('message', (e) => {
            try {
              const data = JSON.parse(e.data);
              dataDiv.innerHTML = \`
                <p>Time: \${data.timestamp}</p>
                <p>Value: \${data.value.toFixed(2)}</p>
              \`;
            } catch {
              dataDiv.textContent = e.data;
            }
          });
          
          eventSource.addEventListener('error', () => {
            eventSource.close();
          });
        `}</script>
      </body>
    </html>
  );
}
