export default function StatusPage() {
  return (
    <html>
      <head><title>System Status</title></head>
      <body>
        <h1>Status</h1>
        <div id="status"></div>
        
        <script>{`
          async function updateStatus() {
            try {
              const res = await fetch('/api/status');
              const data = await res.json();
              
              document.getElementById('status').innerHTML = \`
                <p>Uptime: \${data.uptime}h</p>
                <p>Users: \${data.online_users}</p>
                <p>Memory: \${data.memory_usage}MB</p>
              \`;
            } catch (err) {
              console.error('Error fetching status', err);
            }
          }
          
          // Update every 5 seconds
          updateStatus();
          setInterval(updateStatus, 5000);
        `}</script>
      </body>
    </html>
  );
}
