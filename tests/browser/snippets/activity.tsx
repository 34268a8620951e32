export default function ActivityFeed() {
  const [activities, setActivities] = useState([]);
  
  useEffect(() => {
    const fetchActivities = async () => {
      const lastCheck = localStorage.getItem('lastActivityCheck') || 
                       new Date(0).toISOString();
      
      const res = await fetch('/api/activity', {
        headers: { 'if-modified-since': lastCheck }
      });
      
      const data = await res.json();
      setActivities(data);
      localStorage.setItem('lastActivityCheck', new Date().toISOString());
    };
    
    fetchActivities();
    const interval = setInterval(fetchActivities, 5000);
    
    return () => clearInterval(interval);
  }, []);
  
  return (
    <div>
      <h2>Activity Feed</h2>
      {activities.map(activity => (
        <div key={activity.id}>
          <p>{activity.type}</p>
          <small>{new Date(activity.created_at).toLocaleString()}</small>
        </div>
      ))}
    </div>
  );
}
